/**
 * Creates that were begun and whose end is not known: the id that each was given beforehand, so that a second attempt, even by a later process,
 * finds what the first one made instead of making it twice; and the address of its upload session. One small file each, deleted as soon as the
 * create has ended: whoever has the address of a session can write that one file for a week.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { exists } from '../durable-files.ts';

export interface Intent {
  readonly id: string;
  /** The address of the upload session, a secret; null before there is one and for files in one request. */
  readonly session: string | null;
}

export interface ClaimedIntent extends Intent {
  /** By an earlier attempt: what it made may be there. */
  readonly isOld: boolean;
}

const noteSchema = z.object({ path: z.string(), id: z.string(), session: z.string().nullable() });

/** Nobody comes back to it. */
const FORGOTTEN_AFTER_MS = 30 * 24 * 3600 * 1000;

export class DriveIntents {
  readonly #folder: string | null;
  /** Of this process. */
  readonly #known = new Map<string, Intent>();

  /** @param folder where they are noted; null notes nothing */
  constructor(folder: string | null) {
    this.#folder = folder;
    if (folder !== null) void sweep(folder);
  }

  /**
   * The id for what is to be created at `path`: the one that an earlier attempt has noted, of this process or of another, or a new one, which is
   * on disk when this resolves.
   */
  async claim(path: string, newId: () => Promise<string>): Promise<ClaimedIntent> {
    const earlier = this.#known.get(path) ?? (await this.#read(path));
    if (earlier !== null) {
      this.#known.set(path, earlier);
      return { ...earlier, isOld: true };
    }
    const intent = { id: await newId(), session: null };
    if (!(await this.#write(path, intent, 'new'))) {
      // Another process was faster.
      const theirs = await this.#read(path);
      if (theirs !== null) return { ...theirs, isOld: true };
      await this.#write(path, intent, 'over');
    }
    this.#known.set(path, intent);
    return { ...intent, isOld: false };
  }

  /** An upload session was begun for it. */
  async noteSession(path: string, intent: Intent): Promise<void> {
    this.#known.set(path, intent);
    await this.#write(path, intent, 'over');
  }

  /** It has ended, or is given up. */
  async settle(path: string): Promise<void> {
    this.#known.delete(path);
    if (this.#folder !== null) await rm(this.#fileOf(path), { force: true }).catch(() => undefined);
  }

  async #read(path: string): Promise<Intent | null> {
    if (this.#folder === null) return null;
    try {
      const note = noteSchema.parse(JSON.parse(await readFile(this.#fileOf(path), 'utf8')));
      return note.path === path ? { id: note.id, session: note.session } : null;
    } catch {
      // None, or one whose writing was cut off: then nothing was created under its id.
      return null;
    }
  }

  /**
   * Whole and durable when it resolves; nobody ever sees a part of it. False when it was to be new and another one is there. One that cannot be
   * written costs that a cut upload begins anew.
   */
  async #write(path: string, { id, session }: Intent, how: 'new' | 'over'): Promise<boolean> {
    if (this.#folder === null) return true;
    const temporary = join(this.#folder, `${randomUUID()}.tmp`);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const file = await open(temporary, 'wx', 0o600);
      try {
        await writeFile(file, JSON.stringify({ path, id, session }));
        await file.datasync();
      } finally {
        await file.close();
      }
      if (how === 'over') await rename(temporary, this.#fileOf(path));
      else await moveToFreeName(temporary, this.#fileOf(path));
      return true;
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      return (error as NodeJS.ErrnoException).code !== 'EEXIST';
    }
  }

  #fileOf(path: string): string {
    const name = createHash('sha256').update(path).digest('hex').slice(0, 32);
    return join(this.#folder ?? '', `${name}.json`);
  }
}

/** Fails with EEXIST where the name is taken. */
async function moveToFreeName(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EEXIST';
    // A file system without links: then two processes may be let in at once.
    if (isTaken || (await exists(path)))
      throw Object.assign(new Error('EEXIST'), { code: 'EEXIST' });
    await rename(temporary, path);
    return;
  }
  await rm(temporary, { force: true });
}

async function sweep(folder: string): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const { mtimeMs } = await stat(path);
      if (Date.now() - mtimeMs > FORGOTTEN_AFTER_MS) await rm(path, { force: true });
    }
  } catch {
    // Nothing is noted yet, or somebody else tidies up.
  }
}
