/**
 * Which blobs the archives need: every tree that is reached from a snapshot, and the contents of its files. What is not in this set is what
 * prune may delete, so anything that is missing or cannot be read on the way ends it.
 */
import type { Id } from '../format/id.ts';
import type { BlobType } from '../format/pack-file.ts';
import { decodeTree } from '../format/tree.ts';
import type { BlobIndex } from './blob-index.ts';
import { loadBlob } from './blob-reader.ts';
import { EntrySet } from './entry-set.ts';
import { blobMissing, orDamaged, type RepositoryCore } from './sealed-files.ts';
import { sideBySide } from './side-by-side.ts';

const TREES_AT_ONCE = 4;
/** A few at a time, from the end: the list of what is pending stays about as long as folders are wide. */
const ROUND = 64;

/**
 * The numbers of the first copies, as `BlobIndex.find` gives them.
 * @param roots the trees of all snapshots
 * @param onTree awaited for each tree
 * @throws HoldfastError `repo/blob-missing` for one that no index names, `repo/damaged`, `backend/*`
 */
export async function usedBlobs(
  core: RepositoryCore,
  index: BlobIndex,
  roots: readonly Id[],
  signal: AbortSignal,
  onTree: () => Promise<void>,
): Promise<EntrySet> {
  const used = new EntrySet(index.entryCount);
  const pending: Id[] = [];
  const need = (type: BlobType, id: Id): void => {
    const number = index.find(type, id);
    if (number === null) throw blobMissing(type, id);
    if (used.add(number) && type === 'tree') pending.push(id);
  };
  for (const root of roots) need('tree', root);
  while (pending.length > 0) {
    await sideBySide(pending.splice(-ROUND), TREES_AT_ONCE, async (id) => {
      signal.throwIfAborted();
      await onTree();
      const plain = await loadBlob(core, index, 'tree', id, signal);
      for (const { content, subtree } of await orDamaged('tree', id, () => decodeTree(plain))) {
        if (subtree !== null) need('tree', subtree);
        for (const blob of content ?? []) need('data', blob);
      }
    });
  }
  return used;
}
