/**
 * A disk of a test's own that can be full to the page, write-protected, and pulled out: a tmpfs (Linux, root). What stands on it survives being
 * pulled out, because a second mount of it that nobody knows holds on to it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

/** Of a tmpfs without huge pages: files take whole ones. */
export const PAGE_BYTES = 4096;
const PIECE_BYTES = 1024 * 1024;

/** Why there can be none here; null when there can. */
export function reasonForNoDisk(): string | null {
  if (process.platform !== 'linux') return 'needs a tmpfs, which only Linux has';
  if (process.getuid?.() !== 0) return 'only root may mount a tmpfs';
  const tried = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
  return tried.status === 0 ? null : 'mounting a tmpfs is not allowed here';
}

export class SmallDisk {
  /** Where it is plugged in. Empty while it is not. */
  readonly path: string;
  readonly #kept: string;
  readonly #filler: string;

  /** Goes with the test. */
  constructor(mebibytes: number) {
    const folder = temporaryFolder();
    this.path = join(folder, 'disk');
    this.#kept = join(folder, 'kept');
    mkdirSync(this.path);
    mkdirSync(this.#kept);
    mount('-t', 'tmpfs', '-o', `size=${mebibytes}m,huge=never`, 'tmpfs', this.#kept);
    onTestFinished(() => {
      spawnSync('umount', ['-l', this.path]);
      spawnSync('umount', ['-l', this.#kept]);
    });
    this.#filler = join(this.#kept, 'filler');
    this.plugIn();
  }

  plugIn(): void {
    mount('--bind', this.#kept, this.path);
  }

  /** Also while somebody works with it: what is open stays open, and nothing is found any more. */
  pullOut(): void {
    execFileSync('umount', ['-l', this.path]);
  }

  writeProtect(on: boolean): void {
    mount('-o', `remount,bind,${on ? 'ro' : 'rw'}`, this.path);
  }

  freePages(): number {
    const { bfree, bsize } = statfsSync(this.#kept);
    return Math.floor((bfree * bsize) / PAGE_BYTES);
  }

  /** Exactly so many pages are left. */
  fillBut(pages: number): void {
    const file = openSync(this.#filler, 'a');
    try {
      for (let left = this.freePages() - pages; left > 0; left = this.freePages() - pages) {
        writeSync(file, Buffer.alloc(Math.min(left * PAGE_BYTES, PIECE_BYTES)));
      }
    } finally {
      closeSync(file);
    }
  }

  makeRoom(): void {
    rmSync(this.#filler, { force: true });
  }
}

function mount(...args: string[]): void {
  execFileSync('mount', args);
}
