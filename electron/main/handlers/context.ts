/** What the handlers work with. Dialogs and the shell are ports, so that handlers run under plain Node in tests. */
import type { FolderPurpose } from '../../../shared/ipc/contract.ts';
import type { EventName } from '../../../shared/ipc/channel-names.ts';
import type { EventPayload } from '../../../shared/ipc/contract.ts';
import type { SecretStore } from '../../platform/secret-store.ts';
import type { AppModel } from '../app-model.ts';
import type { ClipboardGuard } from '../clipboard-guard.ts';
import type { DestinationTurns } from '../destination-turns.ts';
import type { EngineClient } from '../engine-client.ts';
import type { Jobs } from '../jobs.ts';
import type { KeyDrafts } from '../key-drafts.ts';
import type { PathGrants } from '../path-grants.ts';
import type { Places } from '../places.ts';
import type { GoogleSettings } from '../../platform/google/google-settings.ts';
import type { PersonCheck } from '../person-check.ts';

export type StandardFolder =
  'documents' | 'pictures' | 'desktop' | 'music' | 'videos' | 'downloads';

export interface DesktopPort {
  /** The folders that the person chose in the system's dialog; empty when cancelled. */
  chooseFolders(purpose: FolderPurpose): Promise<string[]>;
  standardFolder(kind: StandardFolder): string | null;
  /** Where to save a file, in the system's dialog, which asks before it replaces one; null when cancelled. */
  chooseFile(name: string, extension: string): Promise<string | null>;
  /** Asks the person to prove to the system who they are, where the system can do that; true there where it cannot. */
  authenticate(): Promise<boolean>;
  /** Keeps the window out of screenshots and recordings. */
  protectContent(isProtected: boolean): void;
  showInFolder(path: string): void;
  /** In the system's browser. */
  openAddress(url: string): Promise<void>;
  /** What the browser shows at the end of a sign-in. */
  signInFarewell(): { readonly done: string; readonly failed: string };
  applyTheme(theme: 'system' | 'light' | 'dark'): void;
}

export interface HandlerContext {
  readonly model: AppModel;
  readonly engine: EngineClient;
  readonly jobs: Jobs;
  /** For whatever writes or removes key slots, or decides which one is in use. */
  readonly turns: DestinationTurns;
  readonly grants: PathGrants;
  readonly places: Places;
  /** Throws for addresses in the environment that must not be followed. */
  readonly google: () => GoogleSettings;
  /** iCloud Drive on this computer; null where there is none. */
  readonly iCloudFolder: () => string | null;
  readonly drafts: KeyDrafts;
  readonly clipboard: ClipboardGuard;
  readonly secrets: SecretStore;
  readonly desktop: DesktopPort;
  readonly person: PersonCheck;
  readonly computerName: string;
  /** Of the person on this computer; empty where the system does not tell. */
  readonly accountName: string;
  /** Where the fonts of the recovery kit are. */
  readonly fontFolder: string;
  /** The app's own data and caches: never backed up. */
  readonly ownFolders: readonly string[];
  readonly send: <Name extends EventName>(name: Name, payload: EventPayload<Name>) => void;
}
