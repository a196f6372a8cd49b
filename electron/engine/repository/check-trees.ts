/**
 * Walks every tree of every archive once and proves that all it names is there: folders load and parse, files have
 * contents that the index knows and that lie in good packs. Says which path is affected by what is not.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Id } from '../format/id.ts';
import type { BlobType } from '../format/pack-file.ts';
import { decodeTree, type Node } from '../format/tree.ts';
import { loadBlob } from './blob-reader.ts';
import { copyKey } from './check-pack.ts';
import { reasonOf, type CheckRun } from './check-run.ts';
import { orDamaged } from './sealed-files.ts';
import type { LoadedSnapshot } from './snapshots.ts';

interface PendingTree {
  readonly id: Id;
  /** For the person: the archive and the folder in it. */
  readonly place: string;
}

export async function checkTrees(
  run: CheckRun,
  snapshots: readonly LoadedSnapshot[],
): Promise<void> {
  const seen = new Set<number>();
  const missing = new Set<Id>();
  for (const { id, snapshot } of snapshots) {
    const pending: PendingTree[] = [
      { id: snapshot.tree, place: `archive ${id.slice(0, 8)}, folder /` },
    ];
    for (let tree = pending.pop(); tree !== undefined; tree = pending.pop()) {
      const number = run.index.blobs.find('tree', tree.id);
      if (number === null) {
        if (!missing.has(tree.id)) {
          run.findings.error(
            'tree',
            tree.id,
            `A folder is missing from the backup: ${tree.place}.`,
          );
        }
        missing.add(tree.id);
      } else if (!seen.has(number)) {
        seen.add(number);
        await run.meter.step();
        pending.push(...(await checkTree(run, tree)));
      }
    }
  }
}

/** Returns the subfolders. */
async function checkTree(run: CheckRun, { id, place }: PendingTree): Promise<PendingTree[]> {
  let nodes: readonly Node[];
  try {
    const plain = await loadBlob(run.core, run.index.blobs, 'tree', id, run.signal);
    nodes = await orDamaged('tree', id, () => decodeTree(plain));
  } catch (error) {
    if (!isDamage(error)) throw error;
    run.findings.error('tree', id, `A folder cannot be read: ${place} (${reasonOf(error)}).`);
    return [];
  }
  const subfolders: PendingTree[] = [];
  for (const node of nodes) {
    const path = `${place.endsWith('/') ? place : `${place}/`}${node.name.toString('utf8')}`;
    if (hasUnsafeName(node)) {
      run.findings.error('tree', id, `An entry has a name that cannot be restored, in ${place}.`);
    }
    if (node.subtree !== null) subfolders.push({ id: node.subtree, place: path });
    checkFile(run, node, path);
  }
  run.meter.current(place);
  // Where packs are read the progress counts them and their bytes.
  run.meter.add(run.readsPacks ? 0 : nodes.length, 0);
  return subfolders;
}

function checkFile(run: CheckRun, node: Node, path: string): void {
  const content = node.content ?? [];
  const lost = content.filter((id) => !isThere(run, 'data', id));
  const [first] = lost;
  if (first !== undefined) {
    run.findings.error(
      'blob',
      first,
      `A file cannot be restored whole: ${path} (${lost.length} of ${content.length} pieces are missing or damaged).`,
    );
  }
}

function isThere({ index, badPacks, badCopies }: CheckRun, type: BlobType, id: Id): boolean {
  return index.blobs
    .locate(type, id)
    .some(({ pack }) => !badPacks.has(pack) && !badCopies.has(copyKey(type, id, pack)));
}

function hasUnsafeName({ name }: Node): boolean {
  const text = name.toString('latin1');
  return text === '' || text === '.' || text === '..' || /[/\0]/u.test(text);
}

function isDamage(error: unknown): error is HoldfastError {
  return (
    error instanceof HoldfastError &&
    ['repo/damaged', 'repo/blob-missing', 'backend/io'].includes(error.code)
  );
}
