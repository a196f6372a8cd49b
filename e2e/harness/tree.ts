/** Are two trees the same? Bytes, modes, owners, times to the nanosecond, link targets, and which names are one file. */
import { createHash } from 'node:crypto';
import { createReadStream, type BigIntStats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

export interface TreeComparison {
  /** For trees that were not restored by root, or were copied on purpose. */
  readonly ignore?: readonly ('owner' | 'time' | 'mode')[];
  /** Leave the times of folders out, where something was added to them later. */
  readonly ignoreFolderTimes?: boolean;
}

/** Names are bytes on disk; as latin1 each has one text and none is lost. */
type Name = string;

interface Entry {
  readonly stats: BigIntStats;
  readonly path: Buffer;
}

const SEPARATOR = Buffer.from('/');

/** Every difference in a sentence of its own, by path; empty when the trees are the same. The two folders themselves count too. */
export async function differences(
  expectedFolder: string,
  actualFolder: string,
  comparison: TreeComparison = {},
): Promise<string[]> {
  const expected = await entriesOf(expectedFolder);
  const actual = await entriesOf(actualFolder);
  const found: string[] = [];
  for (const [name, entry] of expected) {
    const other = actual.get(name);
    if (other === undefined) found.push(`${shown(name)}: missing`);
    else {
      for (const difference of await entryDifferences(entry, other, comparison)) {
        found.push(`${shown(name)}: ${difference}`);
      }
    }
  }
  for (const name of actual.keys()) {
    if (!expected.has(name)) found.push(`${shown(name)}: should not be there`);
  }
  const groups = [hardLinkGroups(expected), hardLinkGroups(actual)] as const;
  if (found.length === 0 && groups[0] !== groups[1]) {
    found.push(`hard links: ${groups[1]} instead of ${groups[0]}`);
  }
  return found;
}

/** Throws with every difference. */
export async function assertSameTree(
  expectedFolder: string,
  actualFolder: string,
  comparison: TreeComparison = {},
): Promise<void> {
  const found = await differences(expectedFolder, actualFolder, comparison);
  if (found.length === 0) return;
  throw new Error(`${actualFolder} is not as ${expectedFolder}:\n${found.join('\n')}`);
}

async function entriesOf(folder: string): Promise<Map<Name, Entry>> {
  const entries = new Map<Name, Entry>();
  async function add(name: Name, path: Buffer): Promise<void> {
    const stats = await lstat(path, { bigint: true });
    entries.set(name, { stats, path });
    if (!stats.isDirectory()) return;
    const children = await readdir(path, { encoding: 'buffer' });
    for (const child of children.toSorted((a, b) => a.compare(b))) {
      const childName = child.toString('latin1');
      await add(
        name === '' ? childName : `${name}/${childName}`,
        Buffer.concat([path, SEPARATOR, child]),
      );
    }
  }
  await add('', Buffer.from(folder));
  return entries;
}

async function entryDifferences(
  expected: Entry,
  actual: Entry,
  { ignore = [], ignoreFolderTimes = false }: TreeComparison,
): Promise<string[]> {
  const kind = kindOf(expected.stats);
  if (kind !== kindOf(actual.stats)) return [`${kindOf(actual.stats)} instead of ${kind}`];
  const found: string[] = [];
  const compare = (what: string, wanted: unknown, is: unknown): void => {
    if (wanted !== is) found.push(`${what} ${String(is)} instead of ${String(wanted)}`);
  };
  if (!ignore.includes('mode')) compare('mode', modeOf(expected.stats), modeOf(actual.stats));
  if (!ignore.includes('owner')) compare('owner', ownerOf(expected.stats), ownerOf(actual.stats));
  const ignoresTime = ignore.includes('time') || (ignoreFolderTimes && kind === 'folder');
  if (!ignoresTime) compare('time', expected.stats.mtimeNs, actual.stats.mtimeNs);
  if (kind === 'file') {
    compare('size', expected.stats.size, actual.stats.size);
    compare('content', await hashOf(expected.path), await hashOf(actual.path));
  }
  if (kind === 'link')
    compare('target', await targetOf(expected.path), await targetOf(actual.path));
  return found;
}

function kindOf(stats: BigIntStats): string {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  if (stats.isSymbolicLink()) return 'link';
  return 'something else';
}

function modeOf(stats: BigIntStats): string {
  return (stats.mode & 0o7777n).toString(8);
}

function ownerOf(stats: BigIntStats): string {
  return `${String(stats.uid)}:${String(stats.gid)}`;
}

async function targetOf(path: Buffer): Promise<string> {
  const target = await readlink(path, { encoding: 'buffer' });
  return target.toString('latin1');
}

async function hashOf(path: Buffer): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** The names that are one file, in one text. */
function hardLinkGroups(entries: ReadonlyMap<Name, Entry>): string {
  const byFile = Map.groupBy(
    [...entries].filter(([, { stats }]) => stats.isFile()),
    ([, { stats }]) => `${String(stats.dev)}:${String(stats.ino)}`,
  );
  const groups = [...byFile.values()].filter((names) => names.length > 1);
  return JSON.stringify(groups.map((names) => names.map(([name]) => name)));
}

function shown(name: Name): string {
  return name === '' ? 'the folder itself' : JSON.stringify(name);
}
