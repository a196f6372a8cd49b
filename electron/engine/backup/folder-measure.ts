/**
 * Counts files and bytes below a folder, telling the figures while they grow. Links are not followed, sockets are not counted.
 * What cannot be read is counted as such and does not end the count.
 */
import { lstatSync, readdirSync, type BigIntStats } from 'node:fs';
import { systemCode } from '../native/system-failure.ts';
import { joinPath, lastName } from '../native/path-bytes.ts';
import { reasonToSkip, type ExcludedPlaces, type ExcludePatterns } from './excludes.ts';
import { scanEntry, scanUnsorted, type ScannedEntry } from './scanner.ts';

export interface FolderMeasure {
  /** Everything but directories and sockets. */
  files: number;
  /** Of regular files. */
  bytes: number;
  /** Directories and entries that could not be read. */
  unreadable: number;
}

export interface MeasureOptions {
  readonly signal: AbortSignal;
  /** Called for every directory with the figures so far (the same object each time). */
  readonly onProgress?: (measure: Readonly<FolderMeasure>) => void;
  /** True for what shall not be counted. */
  readonly skips?: (path: Buffer, stat: BigIntStats) => boolean;
  /** Awaited before each directory, for pausing. */
  readonly step?: () => Promise<void>;
}

/** Rejects only with the signal's reason. `path` may be a file. */
export async function measureFolder(path: Buffer, options: MeasureOptions): Promise<FolderMeasure> {
  const measure: FolderMeasure = { files: 0, bytes: 0, unreadable: 0 };
  const directories: Buffer[] = [];

  function count(entry: ScannedEntry): void {
    if (entry.kind === 'failed') {
      measure.unreadable += 1;
    } else if (entry.stat.isSocket() || options.skips?.(entry.path, entry.stat) === true) {
      return;
    } else if (entry.stat.isDirectory()) {
      directories.push(entry.path);
    } else {
      measure.files += 1;
      if (entry.stat.isFile()) measure.bytes += Number(entry.stat.size);
    }
  }

  count(await scanEntry(lastName(path), path));
  for (let next = directories.pop(); next !== undefined; next = directories.pop()) {
    options.signal.throwIfAborted();
    await options.step?.();
    try {
      for await (const entry of scanUnsorted(next, options.signal)) count(entry);
    } catch (error) {
      options.signal.throwIfAborted();
      if (systemCode(error) === null) throw error;
      measure.unreadable += 1;
    }
    options.onProgress?.(measure);
  }
  options.signal.throwIfAborted();
  return measure;
}

/** The same count in one go, in a worker. `step` is called between two folders and may throw. A source is not dropped by a pattern. */
export function countBelow(
  source: Buffer,
  skips: { readonly patterns: ExcludePatterns; readonly places: ExcludedPlaces },
  step: () => void,
): { readonly files: number; readonly bytes: number } {
  let [files, bytes] = [0, 0];
  const directories: Buffer[] = [];
  const look = (path: Buffer): void => {
    const entry = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (entry === undefined || entry.isSocket()) return;
    if (!path.equals(source) && reasonToSkip(skips, path, entry) !== null) return;
    if (entry.isDirectory()) directories.push(path);
    else {
      files += 1;
      if (entry.isFile()) bytes += Number(entry.size);
    }
  };
  look(source);
  for (let next = directories.pop(); next !== undefined; next = directories.pop()) {
    step();
    try {
      for (const name of readdirSync(next, { encoding: 'buffer' })) look(joinPath(next, name));
    } catch (error) {
      if (systemCode(error) === null) throw error;
    }
  }
  return { files, bytes };
}
