/** Chooses the exact port where it can be had, else Node's own means, and says so once in the log. Never throws. */
import type { Log } from '../ports.ts';
import { giveMemoryBackEarly } from './allocator.ts';
import { exactFileSystem, supportsExact } from './exact-file-system.ts';
import type { FileSystemPort } from './file-system-port.ts';
import { plainFileSystem } from './plain-file-system.ts';

type Koffi = typeof import('koffi');

let opened: Promise<FileSystemPort> | null = null;

/** One port for the whole process. */
export function openFileSystem(log: Log): Promise<FileSystemPort> {
  return (opened ??= chooseFileSystem(log, () => import('koffi')));
}

/** `loadKoffi` is a parameter so that a library that does not load can be tried out. */
export async function chooseFileSystem(
  log: Log,
  loadKoffi: () => Promise<{ readonly default: Koffi['default'] }>,
): Promise<FileSystemPort> {
  // On Windows there is nothing to gain: no fifos, and Node sets its times as exactly as restic keeps them there.
  if (process.platform === 'win32') return plainFileSystem();
  if (supportsExact(process.platform, process.arch)) {
    try {
      const { default: koffi } = await loadKoffi();
      giveMemoryBackEarly(koffi);
      return exactFileSystem(koffi);
    } catch (error) {
      log.warn('native port not available: times to the microsecond, no fifos or devices', {
        reason: error instanceof Error ? error.message : 'unknown',
      });
      return plainFileSystem();
    }
  }
  log.warn('native port not available: times to the microsecond, no fifos or devices', {
    reason: `${process.platform} ${process.arch}`,
  });
  return plainFileSystem();
}
