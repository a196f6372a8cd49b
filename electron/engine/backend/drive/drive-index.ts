/**
 * Which files of a repository lie on a Drive, under which ids: the local memory that Drive's own listings, which lag behind, are merged
 * into. Kept in a log on disk so that a run needs no listing; it may be deleted at any time and is then made anew. Holds names, sizes,
 * checksums and ids only.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/** One copy of a file; Drive allows several of one name. */
export interface DriveFile {
  readonly id: string;
  readonly sizeBytes: number;
  readonly md5: string | null;
  readonly sha256: string | null;
  readonly createdMs: number;
}

/** A create that was begun: whether it happened may not be known. */
export interface Intent {
  readonly id: string;
  /** The address of the upload session, a secret; null before there is one and for files in one request. */
  readonly session: string | null;
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
  z.object({ intent: z.string(), id: z.string(), session: z.string().nullable() }),
  z.object({ settled: z.string() }),
  z.object({ token: z.string(), listedMs: z.number().nullable() }),
  z.object({ ids: z.array(z.string()) }),
  z.object({ took: z.string() }),
]);
type Entry = z.infer<typeof entrySchema>;

/** So many lines more than needed, and the log is written anew. */
const SPARE_LINES = 2000;

export class DriveIndex {
  /** Where changes are to be asked from; null before the first listing. */
  pageToken: string | null = null;
  /** When everything was last listed, milliseconds since 1970. */
  listedMs = 0;
  readonly #path: string | null;
  readonly #files = new Map<string, DriveFile[]>();
  /** Paths of folders, the empty one for the repository's own; several ids where there are several. */
  readonly #folders = new Map<string, string[]>();
  readonly #pathOfId = new Map<string, string>();
  readonly #intents = new Map<string, Intent>();
  /** Deleted by us: a listing that lags must not bring them back. */
  readonly #gone = new Set<string>();
  #ids: string[] = [];
  #lines = 0;
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

  folders(): IterableIterator<[string, string[]]> {
    return this.#folders.entries();
  }

  pathOf(id: string): string | null {
    return this.#pathOfId.get(id) ?? null;
  }

  isGone(id: string): boolean {
    return this.#gone.has(id);
  }

  intent(path: string): Intent | null {
    return this.#intents.get(path) ?? null;
  }

  addFile(path: string, copy: DriveFile): void {
    if (this.#gone.has(copy.id)) return;
    const known = this.#files.get(path) ?? [];
    const same = known.find(({ id }) => id === copy.id);
    if (same !== undefined && same.sha256 === copy.sha256 && same.sizeBytes === copy.sizeBytes)
      return;
    this.#apply({ file: path, copy });
    void this.#note({ file: path, copy });
  }

  addFolder(path: string, id: string): void {
    if (this.#folders.get(path)?.includes(id) === true) return;
    this.#apply({ folder: path, id });
    void this.#note({ folder: path, id });
  }

  /** Deleted, in the trash, or not to be seen any more. `byUs` makes it final. */
  remove(id: string, byUs: boolean): void {
    if (byUs) this.#gone.add(id);
    if (!this.#pathOfId.has(id)) return;
    this.#apply({ gone: id });
    void this.#note({ gone: id });
  }

  /** Before a create: on disk when it resolves, so that a second attempt, even by a later run, finds the first. */
  async intend(path: string, intent: Intent): Promise<void> {
    this.#apply({ intent: path, ...intent });
    await this.#note({ intent: path, ...intent }, true);
  }

  settle(path: string): void {
    if (!this.#intents.has(path)) return;
    this.#apply({ settled: path });
    void this.#note({ settled: path });
  }

  setToken(token: string, listedMs: number | null): void {
    if (token === this.pageToken && listedMs === null) return;
    this.#apply({ token, listedMs });
    void this.#note({ token, listedMs });
  }

  get idCount(): number {
    return this.#ids.length;
  }

  addIds(ids: readonly string[]): void {
    this.#apply({ ids: [...ids] });
    void this.#note({ ids: [...ids] });
  }

  takeId(): string | null {
    const id = this.#ids.at(-1) ?? null;
    if (id === null) return null;
    this.#apply({ took: id });
    void this.#note({ took: id });
    return id;
  }

  /** Everything but what is being created is forgotten. */
  forget(): void {
    this.#files.clear();
    this.#folders.clear();
    this.#pathOfId.clear();
    this.pageToken = null;
    this.listedMs = 0;
    // The log still tells of them.
    this.#lines = Number.POSITIVE_INFINITY;
  }

  #apply(entry: Entry): void {
    if ('file' in entry) {
      const others = (this.#files.get(entry.file) ?? []).filter(({ id }) => id !== entry.copy.id);
      this.#files.set(entry.file, [...others, entry.copy]);
      this.#pathOfId.set(entry.copy.id, entry.file);
    } else if ('folder' in entry) {
      const ids = this.#folders.get(entry.folder) ?? [];
      if (!ids.includes(entry.id)) this.#folders.set(entry.folder, [...ids, entry.id]);
      this.#pathOfId.set(entry.id, entry.folder);
    } else if ('gone' in entry) {
      this.#applyGone(entry.gone);
    } else if ('intent' in entry) {
      this.#intents.set(entry.intent, { id: entry.id, session: entry.session });
    } else if ('settled' in entry) {
      this.#intents.delete(entry.settled);
    } else if ('token' in entry) {
      this.pageToken = entry.token;
      this.listedMs = entry.listedMs ?? this.listedMs;
    } else if ('ids' in entry) {
      this.#ids.push(...entry.ids);
    } else {
      const at = this.#ids.lastIndexOf(entry.took);
      if (at !== -1) this.#ids.splice(at, 1);
    }
  }

  #applyGone(id: string): void {
    const path = this.#pathOfId.get(id);
    if (path === undefined) return;
    this.#pathOfId.delete(id);
    const copies = this.#files.get(path)?.filter((copy) => copy.id !== id) ?? [];
    if (copies.length === 0) this.#files.delete(path);
    else this.#files.set(path, copies);
    const folders = this.#folders.get(path)?.filter((folder) => folder !== id);
    if (folders === undefined) return;
    if (folders.length === 0) this.#folders.delete(path);
    else this.#folders.set(path, folders);
  }

  async #load(path: string): Promise<void> {
    try {
      const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
      for await (const line of lines) {
        this.#lines += 1;
        const entry = entrySchema.safeParse(parseJson(line));
        // A line that was cut off when the power went is the last one.
        if (entry.success) this.#apply(entry.data);
      }
    } catch {
      // None yet, or unreadable: everything is listed anew.
    }
  }

  /** In order, and off the way of whoever notes. */
  #note(entry: Entry, durable = false): Promise<void> {
    if (this.#path === null) return Promise.resolve();
    const path = this.#path;
    const line = `${JSON.stringify(entry)}\n`;
    const write = async (): Promise<void> => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const log = await open(path, 'a', 0o600);
      try {
        await log.appendFile(line);
        if (durable) await log.datasync();
      } finally {
        await log.close();
      }
      this.#lines += 1;
      const needed = this.#files.size + this.#folders.size + this.#intents.size;
      if (this.#lines > 2 * needed + SPARE_LINES) await this.#rewrite(path);
    };
    const turn = this.#turn.then(write);
    // A log that cannot be written costs a listing next time, and nothing else.
    this.#turn = turn.catch(() => undefined);
    return this.#turn;
  }

  async #rewrite(path: string): Promise<void> {
    const entries: Entry[] = [];
    for (const [file, copies] of this.#files) {
      for (const copy of copies) entries.push({ file, copy });
    }
    for (const [folder, ids] of this.#folders) for (const id of ids) entries.push({ folder, id });
    for (const [intent, { id, session }] of this.#intents) entries.push({ intent, id, session });
    entries.push({ ids: [...this.#ids] });
    if (this.pageToken !== null) entries.push({ token: this.pageToken, listedMs: this.listedMs });
    const temporary = `${path}.new`;
    try {
      const fresh = await open(temporary, 'w', 0o600);
      try {
        await fresh.writeFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
        await fresh.datasync();
      } finally {
        await fresh.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    this.#lines = entries.length;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
