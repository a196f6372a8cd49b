/** What the fixture app's page and main process offer to the specs. */
import type { BrowserWindow, UtilityProcess } from 'electron';

export interface FixtureApi {
  readonly found: Readonly<Record<string, unknown>>;
  readonly list: readonly unknown[];
  invoke(channel: string, ...args: unknown[]): Promise<unknown>;
  on(channel: string, listener: (...args: unknown[]) => void): () => void;
  runs(): number;
  same(value: unknown): unknown;
  callBack(callback: (text: string) => string): string;
  fail(): void;
  later(): Promise<{ deep(): string }>;
  sameKey(): string;
}

declare global {
  interface Window {
    fixture: FixtureApi;
    seenByPage: string;
    ticks: number[];
    stopTicks: () => void;
    seconds: number;
    inlineRan?: boolean;
  }

  /** In the main process. */
  var fixtureMain: {
    readonly events: string[];
    readonly window: BrowserWindow;
    readonly utility: UtilityProcess;
  };
}
