/**
 * Files that are read range by range stay open for a moment: opening one, asking for its size and closing it take three times as long as reading a
 * piece of it. Only for files that never change. What is open is not in the way of anybody who deletes it.
 */
import * as fs from 'node:fs/promises';

const OPEN_AT_MOST = 16;
const KEPT_MS = 1000;

interface OpenFile {
  readonly handle: fs.FileHandle;
  readonly sizeBytes: number;
}

interface Entry {
  readonly opening: Promise<OpenFile>;
  users: number;
  /** Nobody finds it any more: whoever has done with it last closes it. */
  isDropped: boolean;
}

export class OpenFiles {
  /** By path; the one used last at the end. */
  readonly #entries = new Map<string, Entry>();
  #timer: NodeJS.Timeout | null = null;

  /** `path` is that of a file which never changes. Rejects with the system's error, and with what `work` rejects with. */
  async use<T>(path: string, work: (file: OpenFile) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(path) ?? { opening: open(path), users: 0, isDropped: false };
    this.#entries.delete(path);
    this.#entries.set(path, entry);
    entry.users += 1;
    try {
      return await work(await entry.opening);
    } catch (error) {
      // Whatever it was: the next one looks again.
      this.#drop(path, entry);
      throw error;
    } finally {
      entry.users -= 1;
      await closeUnused(entry);
      await this.#dropOldest();
      if (this.#timer === null) this.#timer = setTimeout(() => this.#dropIdle(), KEPT_MS).unref();
    }
  }

  /** Before it is deleted. */
  async close(path: string): Promise<void> {
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    this.#drop(path, entry);
    await closeUnused(entry);
  }

  #drop(path: string, entry: Entry): void {
    entry.isDropped = true;
    if (this.#entries.get(path) === entry) this.#entries.delete(path);
  }

  async #dropOldest(): Promise<void> {
    for (const [path, entry] of this.#entries) {
      if (this.#entries.size <= OPEN_AT_MOST) return;
      this.#drop(path, entry);
      await closeUnused(entry);
    }
  }

  /** A disk that nobody reads from can be taken away. */
  #dropIdle(): void {
    this.#timer = null;
    for (const [path, entry] of this.#entries) {
      if (entry.users > 0) continue;
      this.#drop(path, entry);
      void closeUnused(entry);
    }
    if (this.#entries.size > 0) this.#timer = setTimeout(() => this.#dropIdle(), KEPT_MS).unref();
  }
}

async function open(path: string): Promise<OpenFile> {
  const handle = await fs.open(path, 'r');
  try {
    const { size } = await handle.stat();
    return { handle, sizeBytes: size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Never rejects: of a file that was only read there is nothing to lose. */
async function closeUnused(entry: Entry): Promise<void> {
  if (entry.users > 0 || !entry.isDropped) return;
  try {
    const { handle } = await entry.opening;
    await handle.close();
  } catch {
    // It was never open, or is closed already.
  }
}
