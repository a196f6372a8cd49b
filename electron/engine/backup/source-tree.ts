/**
 * The levels from the root down to the sources, as section 9 of the restic format notes has them: `/home/u/docs` becomes
 * {home} → {u} → {docs}. A source inside another source is merged into it.
 */
import { resolve } from 'node:path';
import { isWithin, joinPath, lastName, parentPath, pathBytes } from '../native/path-bytes.ts';

export interface SourceLevel {
  /** Name in the level above; empty for the root. */
  readonly name: Buffer;
  /** Where it is on disk; null for the root above all drives of Windows. */
  readonly path: Buffer | null;
  /** True: this and all below is backed up. False: only `children` are wanted. */
  readonly isSource: boolean;
  /** Sorted by name bytes. */
  readonly children: readonly SourceLevel[];
}

/** Absolute, cleaned, in the order given, each once: the `paths` of a snapshot. */
export function cleanSources(sources: readonly string[]): string[] {
  return [...new Set(sources.map((source) => resolve(source)))];
}

/** Those that lie in no other one. `sources` are cleaned. */
export function outermost(sources: readonly string[]): Buffer[] {
  const paths = sources.map(pathBytes);
  return paths.filter(
    (path) => !paths.some((other) => !other.equals(path) && isWithin(path, other)),
  );
}

/** `sources` are cleaned. */
export function sourceTree(sources: readonly string[]): SourceLevel {
  const root = draft(Buffer.alloc(0), process.platform === 'win32' ? null : Buffer.from('/'));
  for (const path of outermost(sources)) {
    let level = root;
    for (const [name, place] of chainOf(path)) {
      const key = name.toString('latin1');
      const next = level.children.get(key) ?? draft(name, place);
      level.children.set(key, next);
      level = next;
    }
    level.isSource = true;
  }
  return finished(root);
}

interface Draft {
  readonly name: Buffer;
  readonly path: Buffer | null;
  isSource: boolean;
  readonly children: Map<string, Draft>;
}

function draft(name: Buffer, path: Buffer | null): Draft {
  return { name, path, isSource: false, children: new Map() };
}

function finished(level: Draft): SourceLevel {
  return {
    name: level.name,
    path: level.path,
    isSource: level.isSource,
    children: [...level.children.values()]
      .map(finished)
      .sort((a, b) => Buffer.compare(a.name, b.name)),
  };
}

/** From the topmost component down: its name in the tree and its path on disk. */
function chainOf(path: Buffer): [Buffer, Buffer][] {
  if (process.platform === 'win32') return windowsChain(path.toString('utf8'));
  const chain: [Buffer, Buffer][] = [];
  for (let at = path; lastName(at).length > 0; at = parentPath(at))
    chain.unshift([lastName(at), at]);
  return chain;
}

/** `C:\x` has the top level `C`, `\\host\share\x` the top level `\\host\share`. */
function windowsChain(path: string): [Buffer, Buffer][] {
  const volume = /^(?:[a-z]:|\\\\[^\\]+\\[^\\]+)/iu.exec(path)?.[0] ?? '';
  let place: Buffer = Buffer.from(`${volume}\\`);
  const chain: [Buffer, Buffer][] = [[Buffer.from(volume.replace(/:$/u, '')), place]];
  for (const component of path.slice(volume.length).split('\\')) {
    if (component === '') continue;
    place = joinPath(place, Buffer.from(component));
    chain.push([Buffer.from(component), place]);
  }
  return chain;
}
