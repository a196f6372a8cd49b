/**
 * What happens to an entry that is in the way of a restored one. Nothing here looks at the disk, so that the preview and the restore
 * decide alike. A folder in the place of a file, or the other way round, is never removed, whatever the policy.
 */
import type { BigIntStats } from 'node:fs';
import type { ConflictPolicy } from '../../../shared/model/restore.ts';
import type { Node } from '../format/tree.ts';

export type ConflictAction =
  /** The existing entry stays, nothing is restored. */
  | 'skip'
  /** The restored entry takes the name. */
  | 'replace'
  /** The restored entry gets a new name. */
  | 'keep-both';

/** For everything but a directory that meets a directory: those are merged. */
export function conflictAction(
  policy: ConflictPolicy,
  node: Node,
  existing: BigIntStats,
): ConflictAction {
  if (policy === 'skip') return 'skip';
  if (policy === 'replace-if-older' && existing.mtimeNs >= node.mtime.epochNs) return 'skip';
  if (policy === 'keep-both' || node.type === 'dir' || existing.isDirectory()) return 'keep-both';
  return 'replace';
}

/** Size and time agree: very likely the same; the restore compares the content all the same. */
export function looksRight(node: Node, existing: BigIntStats): boolean {
  return (
    node.type === 'file' &&
    existing.isFile() &&
    existing.size === BigInt(node.size) &&
    existing.mtimeNs === node.mtime.epochNs
  );
}

/**
 * Whether a directory that was already there gets the archived metadata. One that carries the archived time is one that an interrupted
 * restore has made.
 */
export function adoptsMetadata(policy: ConflictPolicy, node: Node, existing: BigIntStats): boolean {
  if (policy === 'replace' || existing.mtimeNs === node.mtime.epochNs) return true;
  return policy === 'replace-if-older' && existing.mtimeNs < node.mtime.epochNs;
}
