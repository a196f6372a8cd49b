/** The machine as the app sees it: power, screen, key storage. Fixed answers; specs emit the events. */
import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
import { note } from './desktop-journal.ts';
import { guarded, notProvided } from './guard.ts';

/** Emits what specs make it emit: `suspend`, `resume`, … */
export const powerMonitor = guarded('powerMonitor', new EventEmitter());

const blockers = new Set<number>();
let lastBlocker = 0;
export const powerSaveBlocker = guarded('powerSaveBlocker', {
  start(type: string): number {
    note('powerSaveBlocker.start', type);
    lastBlocker += 1;
    blockers.add(lastBlocker);
    return lastBlocker;
  },
  stop: (id: number) => blockers.delete(id),
  isStarted: (id: number) => blockers.has(id),
} satisfies Pick<Electron.PowerSaveBlocker, 'start' | 'stop' | 'isStarted'>);

const area = { x: 0, y: 0, width: 1280, height: 800 };
const display = guarded('display', {
  id: 1,
  scaleFactor: 1,
  bounds: area,
  workArea: area,
  size: { width: area.width, height: area.height },
  workAreaSize: { width: area.width, height: area.height },
} satisfies Partial<Electron.Display>);

export const screen = guarded('screen', { getPrimaryDisplay: () => display });

export const safeStorage = guarded('safeStorage', {
  isEncryptionAvailable: () => false,
  encryptString: () => notProvided('safeStorage.encryptString'),
  decryptString: () => notProvided('safeStorage.decryptString'),
} satisfies Pick<
  Electron.SafeStorage,
  'isEncryptionAvailable' | 'encryptString' | 'decryptString'
>);
