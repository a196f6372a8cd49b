/** The earlier snapshot that a backup is compared with, and what of it counts as unchanged (restic format notes, sections 7 and 9). */
import type { Id } from '../format/id.ts';
import type { Node } from '../format/tree.ts';
import type { LoadedSnapshot } from '../repository/repository.ts';

/** The newest of the same host, not from the future, whose paths contain all of `sources`. */
export function chooseParent(
  snapshots: readonly LoadedSnapshot[],
  hostname: string,
  sources: readonly string[],
  nowNs: bigint,
): LoadedSnapshot | null {
  let best: LoadedSnapshot | null = null;
  for (const candidate of snapshots) {
    const { snapshot } = candidate;
    if (snapshot.hostname !== hostname || snapshot.time.epochNs > nowNs) continue;
    if (!sources.every((source) => snapshot.paths.includes(source))) continue;
    if (best === null || snapshot.time.epochNs >= best.snapshot.time.epochNs) best = candidate;
  }
  return best;
}

/** The content can be taken over without opening the file (section 9). */
export function isUnchanged(previous: Node, current: Node): boolean {
  return (
    isAsBefore(previous, current) &&
    previous.ctime.epochNs === current.ctime.epochNs &&
    previous.inode === current.inode
  );
}

/** As long and as old as it was. Enough where the bytes cannot be read, see `cloud-sources.ts`. */
export function isAsBefore(previous: Node, current: Node): boolean {
  return (
    previous.type === 'file' &&
    previous.content !== null &&
    previous.size === current.size &&
    previous.mtime.epochNs === current.mtime.epochNs
  );
}

/** All that a node says is equal; times are compared as instants. */
export function isSameNode(a: Node, b: Node): boolean {
  return (
    a.type === b.type &&
    a.name.equals(b.name) &&
    a.mode === b.mode &&
    a.mtime.epochNs === b.mtime.epochNs &&
    a.atime.epochNs === b.atime.epochNs &&
    a.ctime.epochNs === b.ctime.epochNs &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.user === b.user &&
    a.group === b.group &&
    a.inode === b.inode &&
    a.deviceId === b.deviceId &&
    a.size === b.size &&
    a.links === b.links &&
    a.device === b.device &&
    a.linkTarget.equals(b.linkTarget) &&
    a.subtree === b.subtree &&
    sameContent(a.content, b.content) &&
    sameAttributes(a.extendedAttributes ?? [], b.extendedAttributes ?? [])
  );
}

function sameContent(a: readonly Id[] | null, b: readonly Id[] | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((id, index) => id === b[index]);
}

function sameAttributes(
  a: NonNullable<Node['extendedAttributes']>,
  b: NonNullable<Node['extendedAttributes']>,
): boolean {
  return (
    a.length === b.length &&
    a.every((one, index) => {
      const other = b[index];
      return other !== undefined && one.name === other.name && sameValue(one.value, other.value);
    })
  );
}

function sameValue(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
