/**
 * Puts entries under their names. A file is written under a temporary name in the same folder and takes its name only when it is complete; an
 * existing entry is never overwritten unless `replace` says so, and a link in its place is replaced, never followed.
 */
import { constants } from 'node:fs';
import { link, lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { joinPath, parentPath } from '../native/path-bytes.ts';
import { systemCode } from '../native/system-failure.ts';
import { freePath } from './free-name.ts';
import { temporaryName } from './unfinished.ts';

const CREATE_FLAGS =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
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

  /** `stamp` marks names of restored files that had to give way. */
  constructor(stamp: string) {
    this.#stamp = stamp;
  }

  /**
   * Calls `fill` with the open temporary file; when it answers false nothing is left behind. `dress` sets metadata. Returns where the file is, or
   * null. Whatever goes wrong, the temporary file is removed.
   */
  async file(
    placement: Placement,
    fill: (file: FileHandle) => Promise<boolean>,
    dress: (path: Buffer) => void,
  ): Promise<Buffer | null> {
    const temporary = temporaryPath(placement.path);
    const file = await open(temporary, CREATE_FLAGS, 0o600);
    try {
      try {
        if (!(await fill(file))) {
          await remove(temporary, file);
          return null;
        }
        // What it replaces may be the only good copy: the new one must be on the disk first.
        if (placement.replace) await file.datasync();
      } finally {
        await file.close();
      }
      dress(temporary);
      return await this.#name(temporary, placement);
    } catch (error) {
      await remove(temporary);
      throw error;
    }
  }

  /** For links, fifos and devices, and further names of a file: `make` creates the entry and fails with EEXIST where one is. */
  async entry(
    placement: Placement,
    make: (path: Buffer) => Promise<void> | void,
    dress: (path: Buffer) => void,
  ): Promise<Buffer> {
    if (placement.replace) {
      const temporary = temporaryPath(placement.path);
      await make(temporary);
      try {
        dress(temporary);
        await rename(temporary, placement.path);
      } finally {
        // After a rename onto another name of the same file both are left.
        await remove(temporary);
      }
      return placement.path;
    }
    let path = placement.path;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await make(path);
        break;
      } catch (error) {
        if (systemCode(error) !== 'EEXIST' || attempt === MAX_PLACE_TRIES) throw error;
        path = await this.free(placement.path);
      }
    }
    dress(path);
    return path;
  }

  /** A name beside `path` that nothing has taken. */
  free(path: Buffer): Promise<Buffer> {
    return freePath(path, this.#stamp);
  }

  async #name(temporary: Buffer, placement: Placement): Promise<Buffer> {
    if (placement.replace) {
      await rename(temporary, placement.path);
      return placement.path;
    }
    let path = placement.path;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await moveToFreeName(temporary, path);
        return path;
      } catch (error) {
        if (systemCode(error) !== 'EEXIST' || attempt === MAX_PLACE_TRIES) throw error;
        path = await this.free(placement.path);
      }
    }
  }
}

/** Unlike `rename`, a link never overwrites: what somebody has put there since is safe. */
async function moveToFreeName(temporary: Buffer, path: Buffer): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (!noLinks.has(systemCode(error))) throw error;
    if (await isTaken(path))
      throw Object.assign(new Error('EEXIST'), { code: 'EEXIST', syscall: 'rename' });
    await rename(temporary, path);
    return;
  }
  await unlink(temporary);
}

async function isTaken(path: Buffer): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function temporaryPath(path: Buffer): Buffer {
  return joinPath(parentPath(path), temporaryName());
}

async function remove(temporary: Buffer, file?: FileHandle): Promise<void> {
  // Only so that a large half-written file gives its room back at once where removing fails.
  if (file !== undefined) await file.truncate(0).catch(() => undefined);
  await unlink(temporary).catch((error: unknown) => {
    if (systemCode(error) === null) throw error;
  });
}
