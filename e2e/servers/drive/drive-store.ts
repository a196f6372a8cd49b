/** What a Drive holds: items by id, who made them, their changes in order, and when a listing shows them. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const FOLDER_TYPE = 'application/vnd.google-apps.folder';

export interface Item {
  readonly id: string;
  name: string;
  readonly mimeType: string;
  parents: string[];
  /** null for folders. */
  readonly content: Buffer | null;
  readonly clientId: string;
  readonly createdMs: number;
  trashed: boolean;
}

interface Change {
  readonly fileId: string;
  readonly atMs: number;
}

/** As a listing sees an item: its state some time ago. */
interface Version {
  readonly atMs: number;
  readonly item: Item | null;
}

export class DriveStore {
  readonly rootId = `root-${randomBytes(6).toString('hex')}`;
  readonly #items = new Map<string, Item>();
  readonly #versions = new Map<string, Version[]>();
  readonly #changes: Change[] = [];
  readonly #issuedIds = new Set<string>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  newIds(count: number): string[] {
    const ids = Array.from({ length: count }, () => `id_${randomBytes(16).toString('base64url')}`);
    for (const id of ids) this.#issuedIds.add(id);
    return ids;
  }

  wasIssued(id: string): boolean {
    return this.#issuedIds.has(id);
  }

  get(id: string): Item | null {
    return this.#items.get(id) ?? null;
  }

  all(): Item[] {
    return [...this.#items.values()];
  }

  /** Bytes of all contents, trashed ones included, as Google counts. */
  usage(): number {
    return this.all().reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
  }

  create(item: Omit<Item, 'createdMs' | 'trashed'>): Item {
    const created: Item = { ...item, createdMs: this.#nowMs(), trashed: false };
    this.#items.set(item.id, created);
    this.#changed(item.id, created);
    return created;
  }

  /** As a person does it, by hand. */
  move(id: string, parent: string, name: string): void {
    const item = this.#items.get(id);
    if (item === undefined) return;
    item.parents = [parent];
    item.name = name;
    this.#changed(id, item);
  }

  trash(id: string, trashed: boolean): void {
    const item = this.#items.get(id);
    if (item === undefined) return;
    item.trashed = trashed;
    this.#changed(id, item);
  }

  /** For ever; a folder with all that is in it. */
  remove(id: string): void {
    for (const child of this.all()) if (child.parents.includes(id)) this.remove(child.id);
    if (this.#items.delete(id)) this.#changed(id, null);
  }

  /** Items as they were `lagMs` ago: what `files.list` may show. */
  seen(lagMs: number): Item[] {
    const upTo = this.#nowMs() - lagMs;
    const items: Item[] = [];
    for (const versions of this.#versions.values()) {
      const item = versions.findLast(({ atMs }) => atMs <= upTo)?.item ?? null;
      if (item !== null) items.push(item);
    }
    return items;
  }

  get changeCount(): number {
    return this.#changes.length;
  }

  /** Changes from a position on, as far as they show, and the position after them. */
  changesFrom(position: number, limit: number, lagMs: number): { ids: string[]; next: number } {
    const upTo = this.#nowMs() - lagMs;
    const ids: string[] = [];
    let next = position;
    for (const change of this.#changes.slice(position, position + limit)) {
      if (change.atMs > upTo) break;
      ids.push(change.fileId);
      next += 1;
    }
    return { ids, next };
  }

  isTrashed(item: Item): boolean {
    if (item.trashed) return true;
    return item.parents.some((parent) => {
      const folder = this.#items.get(parent);
      return folder !== undefined && this.isTrashed(folder);
    });
  }

  child(parent: string, name: string): Item | null {
    return (
      this.all().find(
        (item) => item.parents.includes(parent) && item.name === name && !item.trashed,
      ) ?? null
    );
  }

  at(path: string): Item | null {
    let parent = this.rootId;
    let item: Item | null = null;
    for (const name of path.split('/')) {
      item = this.child(parent, name);
      if (item === null) return null;
      parent = item.id;
    }
    return item;
  }

  /** Turns one bit of a stored file over: damage at rest. No change tells of it; only who looks sees it. */
  damage(id: string): void {
    const item = this.#items.get(id);
    if (item?.content === null || item === undefined) throw new Error(`no file ${id}`);
    const content = Buffer.from(item.content);
    content.writeUInt8(content.readUInt8(0) ^ 1, 0);
    this.#items.set(id, { ...item, content });
    const versions = this.#versions.get(id) ?? [];
    this.#versions.set(
      id,
      versions.map(({ atMs, item: seen }) => ({
        atMs,
        item: seen === null ? null : { ...seen, content },
      })),
    );
  }

  /** Writes what lies in a folder to a disk, as a person would download it. Throws where two items have one name. */
  exportTo(folderId: string, target: string): void {
    mkdirSync(target, { recursive: true });
    const names = new Set<string>();
    for (const item of this.all()) {
      if (!item.parents.includes(folderId) || item.trashed) continue;
      if (names.has(item.name)) throw new Error(`two items are named ${item.name}`);
      names.add(item.name);
      if (item.content === null) this.exportTo(item.id, join(target, item.name));
      else writeFileSync(join(target, item.name), item.content);
    }
  }

  /** Paths of which there is more than one, anywhere. */
  duplicates(): string[] {
    const seen = new Set<string>();
    const twice: string[] = [];
    for (const item of this.all()) {
      if (item.trashed) continue;
      const key = `${item.parents.join(',')}/${item.name}`;
      if (seen.has(key)) twice.push(key);
      seen.add(key);
    }
    return twice;
  }

  #changed(fileId: string, item: Item | null): void {
    const atMs = this.#nowMs();
    this.#changes.push({ fileId, atMs });
    const versions = this.#versions.get(fileId) ?? [];
    versions.push({ atMs, item: item === null ? null : { ...item } });
    this.#versions.set(fileId, versions);
  }
}

/** The fields of an item that a client may ask for. */
export function describeItem(
  item: Item,
  isTrashed: boolean,
  withSha256: boolean,
): Record<string, unknown> {
  return {
    kind: 'drive#file',
    id: item.id,
    name: item.name,
    mimeType: item.mimeType,
    parents: item.parents,
    trashed: isTrashed,
    createdTime: new Date(item.createdMs).toISOString(),
    modifiedTime: new Date(item.createdMs).toISOString(),
    ...(item.content === null
      ? {}
      : {
          size: String(item.content.length),
          md5Checksum: createHash('md5').update(item.content).digest('hex'),
          ...(withSha256
            ? { sha256Checksum: createHash('sha256').update(item.content).digest('hex') }
            : {}),
        }),
  };
}
