/**
 * Where the chosen items of a snapshot land on disk. An item inside another chosen item is part of it. Nothing is written here.
 */
import type { Snapshot } from '../format/snapshot-file.ts';
import { encodePath } from '../format/repository-path.ts';
import type { Node } from '../format/tree.ts';
import { displayPath, joinPath, parentPath, pathBytes } from '../native/path-bytes.ts';
import { isSafeName } from './safe-name.ts';
import { selectionOf, type Selected } from './selection.ts';
import type { TreeReader } from './tree-reader.ts';

export type RestoreTarget =
  | { readonly kind: 'original' }
  /** Absolute. */
  | { readonly kind: 'folder'; readonly path: string; readonly keepParents: boolean };

export interface Landing {
  readonly node: Node;
  /** What of it is wanted. */
  readonly selected: Selected;
  /** Absolute path where it is to be. */
  readonly path: Buffer;
  /** Folders above it which belong to the archive, topmost first; made where they are missing. */
  readonly parents: readonly { readonly node: Node; readonly path: Buffer }[];
}

export interface LandingList {
  readonly landings: readonly Landing[];
  /** Repository paths of items with a name that cannot be restored. */
  readonly unsafe: readonly string[];
}

/** `folder` is where a restore into a folder goes; null for the original places. Throws `restore/path-not-found`. */
export async function findLandings(
  trees: TreeReader,
  snapshot: Snapshot,
  included: readonly (readonly Buffer[])[],
  excluded: readonly (readonly Buffer[])[],
  target: RestoreTarget,
  signal?: AbortSignal,
): Promise<LandingList> {
  const landings: Landing[] = [];
  const unsafe: string[] = [];
  const taken = new Set<string>();

  const selection = selectionOf(included, excluded);

  function land(components: readonly Buffer[], chain: readonly Node[]): void {
    const node = chain.at(-1);
    const selected = components.reduce<Selected | null>(
      (at, name) => at?.child(name) ?? null,
      selection,
    );
    if (node === undefined || selected === null) return;
    const needed =
      target.kind === 'folder' && !target.keepParents ? components.slice(-1) : components;
    if (!needed.every((name, index) => isSafeComponent(name, target, index))) {
      unsafe.push(encodePath([...components]));
      return;
    }
    if (target.kind === 'folder' && !target.keepParents) {
      const name = untaken(node.name, taken);
      landings.push({ node, selected, path: joinPath(pathBytes(target.path), name), parents: [] });
      return;
    }
    const paths = placesOf(components, target);
    landings.push({
      node,
      selected,
      path: paths.at(-1) ?? Buffer.alloc(0),
      parents: chain.slice(0, -1).map((parent, index) => ({
        node: parent,
        path: paths[index] ?? Buffer.alloc(0),
      })),
    });
  }

  for (const components of outermost(included)) {
    const chain = await trees.chain(snapshot.tree, components, signal);
    if (components.length > 0) land(components, chain);
    // The root stands for all that is in it.
    else for (const node of await trees.nodes(snapshot.tree, signal)) land([node.name], [node]);
  }
  return { landings, unsafe };
}

/**
 * The folders above the sources: at their original place a link on the way to a source is part of this computer's
 * layout and is followed. Keys as `placeKey` makes them.
 */
export function foldersAboveSources(snapshot: Snapshot): ReadonlySet<string> {
  const above = new Set<string>();
  for (const source of snapshot.paths) {
    let at = pathBytes(source);
    for (let up = parentPath(at); !up.equals(at); up = parentPath(at)) {
      above.add(placeKey(up));
      at = up;
    }
  }
  return above;
}

export function placeKey(path: Buffer): string {
  return path.toString('latin1');
}

function outermost(chosen: readonly (readonly Buffer[])[]): (readonly Buffer[])[] {
  const keys = new Set(chosen.map((components) => encodePath([...components])));
  const wanted = new Set<string>();
  return chosen.filter((components) => {
    const key = encodePath([...components]);
    if (wanted.has(key)) return false;
    for (let length = 0; length < components.length; length += 1) {
      if (keys.has(encodePath(components.slice(0, length)))) return false;
    }
    wanted.add(key);
    return true;
  });
}

function isSafeComponent(name: Buffer, target: RestoreTarget, index: number): boolean {
  // The top level of a snapshot from Windows is a drive or a share.
  if (target.kind === 'original' && index === 0 && process.platform === 'win32') {
    return /^(?:[a-z]|\\\\[^\\/]+\\[^\\/]+)$/iu.test(displayPath(name));
  }
  return isSafeName(name);
}

/** The path of each component, from the top. */
function placesOf(components: readonly Buffer[], target: RestoreTarget): Buffer[] {
  let at = target.kind === 'folder' ? pathBytes(target.path) : Buffer.from('/');
  return components.map((name, index) => {
    if (target.kind === 'original' && index === 0 && process.platform === 'win32') {
      at = Buffer.from(name.length === 1 ? `${name.toString()}:\\` : `${name.toString()}\\`);
    } else {
      at = joinPath(at, name);
    }
    return at;
  });
}

/** Two items of one name land beside each other: `docs`, `docs (2)`. */
function untaken(name: Buffer, taken: Set<string>): Buffer {
  let candidate = name;
  for (let attempt = 2; taken.has(placeKey(candidate).toLowerCase()); attempt += 1) {
    candidate = Buffer.concat([name, Buffer.from(` (${attempt})`)]);
  }
  taken.add(placeKey(candidate).toLowerCase());
  return candidate;
}
