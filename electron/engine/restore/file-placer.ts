/**
 * Puts entries under their names. A file takes its name only when it is complete; an existing entry is never overwritten unless `replace` says
 * so, and a link in its place is replaced, never followed.
 */
import { linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import type { FileSystemPort } from '../native/file-system-port.ts';
import { systemCode } from '../native/system-failure.ts';
import { freePath } from './free-name.ts';
import { NewFile, PRIVATE, temporaryPath } from './new-file.ts';
import { reaching, reachingBoth } from '../native/long-paths.ts';

const MAX_PLACE_TRIES = 16;
/** A file system without hard links answers with one of these. */
const noLinks: ReadonlySet<string | null> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EISDIR',
  'EINVAL',
]);

export interface Placement {
  readonly path: Buffer;
  /** True: what is there goes. False: `path` was free; should something turn up meanwhile, another name is taken. */
  readonly replace: boolean;
}

export class FilePlacer {
  readonly #stamp: string;
  readonly #fileSystem: Pick<FileSystemPort, 'renameToFree'>;

  /** `stamp` marks names of restored files that had to give way. */
  constructor(stamp: string, fileSystem: Pick<FileSystemPort, 'renameToFree'>) {
    this.#stamp = stamp;
    this.#fileSystem = fileSystem;
  }

  /**
   * `fill` writes the file and returns its length, or null when it is not to be: then nothing is left behind. `dress` sets metadata. Returns where
   * the file is, or null. Whatever goes wrong, the temporary file is removed.
   */
  file(
    placement: Placement,
    fill: (file: NewFile) => number | null,
    dress: (file: NewFile) => void,
    permissions = PRIVATE,
  ): Buffer | null {
    const file = NewFile.create(placement.path, permissions);
    try {
      const sizeBytes = fill(file);
      if (sizeBytes !== null) return this.settle(file, placement, sizeBytes, dress);
    } catch (error) {
      file.discard();
      throw error;
    }
    file.discard();
    return null;
  }

  /** The end of `file` for one that was filled by others. The caller discards it when this fails. */
  settle(
    file: NewFile,
    placement: Placement,
    sizeBytes: number,
    dress: (file: NewFile) => void,
  ): Buffer {
    // What it replaces may be the only good copy: the new one must be on the disk first.
    file.complete(sizeBytes, placement.replace);
    dress(file);
    file.close();
    return this.#name(file.temporary, placement);
  }

  /** For links, fifos and devices, and further names of a file: `make` creates the entry and fails with EEXIST where one is. */
  entry(placement: Placement, make: (path: Buffer) => void, dress: (path: Buffer) => void): Buffer {
    if (placement.replace) {
      const temporary = temporaryPath(placement.path);
      make(temporary);
      try {
        dress(temporary);
        reachingBoth(temporary, placement.path, (from, to) => renameSync(from, to));
      } finally {
        // After a rename onto another name of the same file both are left.
        remove(temporary);
      }
      return placement.path;
    }
    const path = this.#whereFree(placement.path, make);
    dress(path);
    return path;
  }

  /** A name beside `path` that nothing has taken. */
  free(path: Buffer): Buffer {
    return freePath(path, this.#stamp);
  }

  #name(temporary: Buffer, placement: Placement): Buffer {
    if (placement.replace) {
      reachingBoth(temporary, placement.path, (from, to) => renameSync(from, to));
      return placement.path;
    }
    return this.#whereFree(placement.path, (path) => {
      if (!this.#fileSystem.renameToFree(temporary, path)) moveToFreeName(temporary, path);
    });
  }

  /** At `path`, or beside it where `make` finds it taken. */
  #whereFree(wanted: Buffer, make: (path: Buffer) => void): Buffer {
    let path = wanted;
    for (let attempt = 1; ; attempt += 1) {
      try {
        make(path);
        return path;
      } catch (error) {
        if (systemCode(error) !== 'EEXIST' || attempt === MAX_PLACE_TRIES) throw error;
        path = this.free(wanted);
      }
    }
  }
}

/** Unlike `rename`, a link never overwrites: what somebody has put there since is safe. */
function moveToFreeName(temporary: Buffer, path: Buffer): void {
  try {
    reachingBoth(temporary, path, (from, to) => linkSync(from, to));
  } catch (error) {
    if (!noLinks.has(systemCode(error))) throw error;
    if (reaching(path, (at) => lstatSync(at, { throwIfNoEntry: false })) !== undefined)
      throw Object.assign(new Error('EEXIST'), { code: 'EEXIST', syscall: 'rename' });
    reachingBoth(temporary, path, (from, to) => renameSync(from, to));
    return;
  }
  reaching(temporary, (at) => unlinkSync(at));
}

function remove(temporary: Buffer): void {
  try {
    reaching(temporary, (at) => unlinkSync(at));
  } catch (error) {
    if (systemCode(error) === null) throw error;
  }
}
