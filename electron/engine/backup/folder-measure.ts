/**
 * Counts files and bytes below a folder, and what the rules leave out of it, telling the figures while they grow. Links are not followed,
 * sockets are not counted, no file is read. What cannot be read is counted as such and does not end the count.
 */
import { lstatSync, readdirSync, type BigIntStats } from 'node:fs';
import type { ExclusionReason } from '../../../shared/model/exclusions.ts';
import type { CloudFiles } from '../native/cloud-files.ts';
import { nameOfStub, sizeInStub } from '../native/icloud-stubs.ts';
import { displayPath, joinPath, lastName } from '../native/path-bytes.ts';
import { systemCode } from '../native/system-failure.ts';
import type { CloudPolicy, StubbedFile } from './cloud-sources.ts';
import type { ExcludedTally } from './excluded-tally.ts';
import type { Exclusions, FolderExclusions, NarrowedNames } from './exclusions.ts';
import { scanEntry, scanUnsorted, type ScannedEntry } from './scanner.ts';
import { reaching } from '../native/long-paths.ts';

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
  /** What is left out is counted, too, but apart. */
  readonly leaving?: MeasuredExclusions;
}

export interface MeasuredExclusions {
  readonly exclusions: Exclusions;
  readonly tally: ExcludedTally;
  readonly cloud: CloudFiles;
  readonly cloudFiles: CloudPolicy;
}

const DOT = 0x2e;

interface OpenFolder {
  readonly path: Buffer;
  readonly stat: BigIntStats;
  /** Why it is left out with all that is in it; null when it is not. */
  readonly reason: ExclusionReason | null;
}

/** Rejects only with the signal's reason. `path` may be a file. */
export async function measureFolder(path: Buffer, options: MeasureOptions): Promise<FolderMeasure> {
  const walk = new MeasuringWalk(options);
  walk.source(await scanEntry(lastName(path), path));
  await walk.all();
  return walk.measure;
}

class MeasuringWalk {
  readonly measure: FolderMeasure = { files: 0, bytes: 0, unreadable: 0 };
  readonly #options: MeasureOptions;
  readonly #folders: OpenFolder[] = [];

  constructor(options: MeasureOptions) {
    this.#options = options;
  }

  /** A source is kept by all rules but one: it may be the destination. */
  source(entry: ScannedEntry): void {
    const { leaving } = this.#options;
    const place =
      entry.kind === 'entry' && leaving !== undefined
        ? leaving.exclusions.places.reasonFor(entry.path, entry.stat)
        : null;
    if (place === null) this.#count(entry, null);
    else this.#leave(entry, { kind: 'place', place });
  }

  async all(): Promise<void> {
    const { signal, onProgress } = this.#options;
    for (let next = this.#folders.pop(); next !== undefined; next = this.#folders.pop()) {
      signal.throwIfAborted();
      try {
        await this.#list(next);
      } catch (error) {
        signal.throwIfAborted();
        if (systemCode(error) === null) throw error;
        if (next.reason === null) this.measure.unreadable += 1;
      }
      onProgress?.(this.measure);
    }
    signal.throwIfAborted();
  }

  async #list({ path, stat, reason }: OpenFolder): Promise<void> {
    const { leaving, signal } = this.#options;
    const rules = reason === null ? (leaving?.exclusions.in(path, stat) ?? null) : null;
    if (rules?.isMountPoint() === true) {
      leaving?.tally.entry({ kind: 'file-system' });
      return;
    }
    let kept: NarrowedNames = { names: [], reason: null };
    const narrow = (names: readonly Buffer[]): readonly Buffer[] => {
      if (rules !== null) kept = rules.narrow(names);
      return names;
    };
    for await (const entry of scanUnsorted(path, signal, narrow)) {
      if (rules === null) this.#count(entry, reason);
      else if (kept.reason !== null && !kept.names.includes(entry.name)) {
        this.#leave(entry, kept.reason);
      } else {
        await this.#judge(entry, rules);
      }
    }
  }

  async #judge(entry: ScannedEntry, rules: FolderExclusions): Promise<void> {
    const { name, path } = entry;
    if (entry.kind === 'failed') {
      this.#leave(entry, rules.reasonForUnreadable(name));
      return;
    }
    const stub = entry.stat.isFile() ? await stubbedFile(entry) : null;
    if (stub !== null) {
      this.#leave(
        entry,
        rules.reasonForStub(stub.name, stub.sizeBytes) ?? this.#cloud(),
        stub.sizeBytes,
      );
      return;
    }
    const reason = rules.reasonFor(name, path, entry.stat);
    const isElsewhere =
      reason === null &&
      entry.stat.isFile() &&
      this.#options.leaving?.cloud.isElsewhere(path, entry.stat) === true;
    this.#leave(entry, isElsewhere ? this.#cloud() : reason);
  }

  /** Why a file whose bytes are in a cloud is left out; null when it would be fetched. */
  #cloud(): ExclusionReason | null {
    return this.#options.leaving?.cloudFiles === 'skip' ? { kind: 'cloud' } : null;
  }

  /** Counts it for itself among what the reason leaves out. */
  #leave(entry: ScannedEntry, reason: ExclusionReason | null, bytes: number | null = null): void {
    const isSocket = entry.kind === 'entry' && entry.stat.isSocket();
    if (reason !== null && !isSocket) this.#options.leaving?.tally.entry(reason);
    this.#count(entry, reason, bytes);
  }

  #count(entry: ScannedEntry, reason: ExclusionReason | null, known: number | null = null): void {
    if (entry.kind === 'failed') {
      if (reason === null) this.measure.unreadable += 1;
    } else if (entry.stat.isDirectory()) {
      this.#folders.push({ path: entry.path, stat: entry.stat, reason });
    } else if (!entry.stat.isSocket()) {
      const bytes = known ?? (entry.stat.isFile() ? Number(entry.stat.size) : 0);
      if (reason === null) {
        this.measure.files += 1;
        this.measure.bytes += bytes;
      } else {
        this.#options.leaving?.tally.file(reason, bytes);
      }
    }
  }
}

/** The file that a stub stands for; null for all that is no stub. */
async function stubbedFile({ name: stub, path }: ScannedEntry): Promise<StubbedFile | null> {
  const name = stub[0] === DOT ? nameOfStub(stub.toString('latin1')) : null;
  if (name === null) return null;
  const sizeBytes = await sizeInStub(displayPath(path)).catch(() => null);
  return sizeBytes === null ? null : { name: Buffer.from(name, 'latin1'), sizeBytes };
}

/** The same count in one go, in a worker of a backup. `step` is called between two folders and may throw. */
export function countBelow(
  source: Buffer,
  exclusions: Exclusions,
  step: () => void,
): { readonly files: number; readonly bytes: number } {
  let [files, bytes] = [0, 0];
  const directories: Buffer[] = [];
  const look = (path: Buffer, rules: FolderExclusions | null): void => {
    const entry = reaching(path, (at) => lstatSync(at, { bigint: true, throwIfNoEntry: false }));
    if (entry === undefined || entry.isSocket()) return;
    if (rules !== null && rules.reasonFor(lastName(path), path, entry) !== null) return;
    if (entry.isDirectory()) directories.push(path);
    else {
      files += 1;
      if (entry.isFile()) bytes += Number(entry.size);
    }
  };
  look(source, null);
  for (let next = directories.pop(); next !== undefined; next = directories.pop()) {
    step();
    try {
      const rules = exclusions.in(next);
      if (rules.isMountPoint()) continue;
      const { names } = rules.narrow(
        reaching(next, (at) => readdirSync(at, { encoding: 'buffer' })),
      );
      for (const name of names) look(joinPath(next, name), rules);
    } catch (error) {
      if (systemCode(error) === null) throw error;
    }
  }
  return { files, bytes };
}
