/**
 * Which files of a repository lie on a Drive, under which ids: the local memory that Drive's own listings, which lag behind, are merged
 * into. Kept in a log on disk so that a run needs no listing; it may be deleted at any time and is then made anew. Holds names, sizes,
 * checksums and ids only.
 *
 * Several processes may have the same log: each appends what it has learned, all of a refresh at once and before the token that stands for
 * it, so that the lines of all together are true. Whoever writes the log anew gives it another identity; the others notice, and keep what
 * they learn to themselves from then on, since their lines would stand on what is not there any more.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

/** One copy of a file; Drive allows several of one name. */
export interface DriveFile {
  readonly id: string;
  readonly sizeBytes: number;
  readonly md5: string | null;
  readonly sha256: string | null;
  readonly createdMs: number;
}

/** What a listing of everything tells. */
export interface DriveContents {
  readonly files: ReadonlyMap<string, readonly DriveFile[]>;
  /** Paths of folders, the empty one for the repository's own. */
  readonly folders: ReadonlyMap<string, readonly string[]>;
}

export interface ListedAt {
  readonly token: string;
  readonly listedMs: number;
  readonly provisionalSince: string | null;
}

const fileSchema = z.object({
  id: z.string(),
  sizeBytes: z.number(),
  md5: z.string().nullable(),
  sha256: z.string().nullable(),
  createdMs: z.number(),
});
const entrySchema = z.union([
  z.object({ file: z.string(), copy: fileSchema }),
  z.object({ folder: z.string(), id: z.string() }),
  z.object({ gone: z.string() }),
  z.object({ token: z.string(), listedMs: z.number(), since: z.string().nullable() }),
]);
type Entry = z.infer<typeof entrySchema>;

/** So many lines more than needed, and the log is written anew. */
const SPARE_LINES = 2000;
const HEADING = /^\{"log":"[0-9a-f]{32}"\}$/u;

export class DriveIndex {
  /** Where changes are to be asked from; null before the first listing. */
  pageToken: string | null = null;
  /** When everything was last listed, milliseconds since 1970. */
  listedMs = 0;
  /** The listing may lack what others wrote just before it. It is to be repeated, and changes are asked for from here then; null when it is whole. */
  provisionalSince: string | null = null;
  readonly #path: string | null;
  #files = new Map<string, readonly DriveFile[]>();
  /** Several ids where there are several. */
  #folders = new Map<string, readonly string[]>();
  #pathOfId = new Map<string, string>();
  /** Deleted by us: a listing that lags must not bring them back. */
  readonly #gone = new Set<string>();
  #lines = 0;
  #unwritten: Entry[] = [];
  /** The first line of the log that our lines belong into; null before there is one. */
  #heading: string | null = null;
  #turn: Promise<void> = Promise.resolve();

  private constructor(path: string | null) {
    this.#path = path;
  }

  /** @param path the log; null keeps nothing */
  static async open(path: string | null): Promise<DriveIndex> {
    const index = new DriveIndex(path);
    if (path !== null) await index.#load(path);
    return index;
  }

  copies(path: string): readonly DriveFile[] {
    return this.#files.get(path) ?? [];
  }

  *filesBelow(folder: string): Generator<readonly [path: string, copies: readonly DriveFile[]]> {
    for (const entry of this.#files) if (entry[0].startsWith(`${folder}/`)) yield entry;
  }

  folderIds(path: string): readonly string[] {
    return this.#folders.get(path) ?? [];
  }

  /** Everything, as it is known now. */
  get contents(): DriveContents {
    return { files: this.#files, folders: this.#folders };
  }

  pathOf(id: string): string | null {
    return this.#pathOfId.get(id) ?? null;
  }

  isFolder(id: string): boolean {
    const path = this.#pathOfId.get(id);
    return path !== undefined && this.folderIds(path).includes(id);
  }

  isGone(id: string): boolean {
    return this.#gone.has(id);
  }

  addFile(path: string, copy: DriveFile): void {
    if (this.#gone.has(copy.id)) return;
    const known = this.copies(path).find(({ id }) => id === copy.id);
    if (
      known?.sha256 === copy.sha256 &&
      known.md5 === copy.md5 &&
      known.sizeBytes === copy.sizeBytes
    )
      return;
    this.#learn({ file: path, copy });
  }

  addFolder(path: string, id: string): void {
    if (!this.folderIds(path).includes(id)) this.#learn({ folder: path, id });
  }

  /** Deleted, in the trash, or not to be seen any more. `byUs` makes it final. */
  remove(id: string, byUs: boolean): void {
    if (byUs) this.#gone.add(id);
    if (this.#pathOfId.has(id)) this.#learn({ gone: id });
  }

  /** Everything that changed before it is known. */
  setToken(token: string): void {
    if (token === this.pageToken) return;
    this.#learn({ token, listedMs: this.listedMs, since: this.provisionalSince });
  }

  /** What a listing of everything told takes the place of what was known. */
  replace({ files, folders }: DriveContents, listed: ListedAt): void {
    this.#files = new Map(files);
    this.#folders = new Map(folders);
    this.#pathOfId = new Map();
    for (const [path, copies] of files) for (const { id } of copies) this.#pathOfId.set(id, path);
    for (const [path, ids] of folders) for (const id of ids) this.#pathOfId.set(id, path);
    this.#apply({ token: listed.token, listedMs: listed.listedMs, since: listed.provisionalSince });
    this.#unwritten = [];
    const path = this.#path;
    if (path !== null) this.#inTurn(() => this.#rewrite(path));
  }

  /** Resolves when what is known so far is in the log, as far as it can be. */
  async written(): Promise<void> {
    await this.#turn;
  }

  #apply(entry: Entry): void {
    if ('file' in entry) {
      const others = this.copies(entry.file).filter(({ id }) => id !== entry.copy.id);
      this.#files.set(entry.file, [...others, entry.copy]);
      this.#pathOfId.set(entry.copy.id, entry.file);
    } else if ('folder' in entry) {
      const ids = this.folderIds(entry.folder);
      if (!ids.includes(entry.id)) this.#folders.set(entry.folder, [...ids, entry.id]);
      this.#pathOfId.set(entry.id, entry.folder);
    } else if ('gone' in entry) {
      this.#applyGone(entry.gone);
    } else {
      this.pageToken = entry.token;
      this.listedMs = entry.listedMs;
      this.provisionalSince = entry.since;
    }
  }

  #applyGone(id: string): void {
    const path = this.#pathOfId.get(id);
    if (path === undefined) return;
    this.#pathOfId.delete(id);
    const copies = this.copies(path).filter((copy) => copy.id !== id);
    if (copies.length === 0) this.#files.delete(path);
    else this.#files.set(path, copies);
    const folders = this.folderIds(path).filter((folder) => folder !== id);
    if (folders.length === 0) this.#folders.delete(path);
    else this.#folders.set(path, folders);
  }

  async #load(path: string): Promise<void> {
    try {
      const [heading = '', ...lines] = (await readFile(path, 'utf8')).split('\n');
      // Of a log of before the lines cannot be relied on: everything is listed once.
      if (!HEADING.test(heading)) return;
      this.#heading = heading;
      for (const line of lines) {
        this.#lines += 1;
        const entry = entrySchema.safeParse(parseJson(line));
        // One that was cut off when the power went says nothing, and neither does the token that would have followed it.
        if (entry.success) this.#apply(entry.data);
      }
    } catch {
      // None yet, or unreadable: everything is listed anew.
    }
  }

  #learn(entry: Entry): void {
    this.#apply(entry);
    const path = this.#path;
    if (path === null) return;
    this.#unwritten.push(entry);
    if (this.#unwritten.length === 1) this.#inTurn(() => this.#append(path));
  }

  /** In order, and off the way of whoever learns. A log that cannot be written costs a listing next time, and nothing else. */
  #inTurn(write: () => Promise<void>): void {
    this.#turn = this.#turn.then(write).catch(() => undefined);
  }

  /** All that has gathered in one piece: of a refresh that another process sees there is all or nothing. */
  async #append(path: string): Promise<void> {
    const entries = this.#unwritten.splice(0);
    if (entries.length === 0) return;
    // Before the first listing there is nothing that lines could stand on.
    const heading = this.#heading;
    if (heading === null) return;
    const log = await open(path, constants.O_RDWR | constants.O_APPEND);
    try {
      if ((await firstBytes(log, heading.length)) !== heading) return;
      // A line of somebody who was cut off may lack its end.
      await log.appendFile(`\n${linesOf(entries)}`);
    } finally {
      await log.close();
    }
    this.#lines += entries.length + 1;
    const needed = this.#files.size + this.#folders.size;
    if (this.#lines > 2 * needed + SPARE_LINES) await this.#rewrite(path);
  }

  async #rewrite(path: string): Promise<void> {
    const entries: Entry[] = [];
    for (const [file, copies] of this.#files) {
      for (const copy of copies) entries.push({ file, copy });
    }
    for (const [folder, ids] of this.#folders) for (const id of ids) entries.push({ folder, id });
    if (this.pageToken !== null) {
      entries.push({
        token: this.pageToken,
        listedMs: this.listedMs,
        since: this.provisionalSince,
      });
    }
    this.#unwritten = [];
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const heading = JSON.stringify({ log: randomBytes(16).toString('hex') });
    const temporary = `${path}.${randomBytes(6).toString('hex')}.new`;
    try {
      const fresh = await open(temporary, 'wx', 0o600);
      try {
        await fresh.writeFile(`${heading}\n${linesOf(entries)}`);
        await fresh.datasync();
      } finally {
        await fresh.close();
      }
      await rename(temporary, path);
      this.#heading = heading;
    } catch (error) {
      this.#heading = null;
      await rm(temporary, { force: true });
      throw error;
    }
    this.#lines = entries.length;
  }
}

function linesOf(entries: readonly Entry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

async function firstBytes(log: FileHandle, length: number): Promise<string> {
  const { buffer, bytesRead } = await log.read(Buffer.alloc(length), 0, length, 0);
  return buffer.toString('latin1', 0, bytesRead);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
