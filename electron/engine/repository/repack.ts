/**
 * Copies chosen blobs out of packs into new ones: read, opened, verified by their hash, compressed and sealed under a new IV. The new
 * packs get their index files as it goes, so that a run that is cut off has not worked for nothing.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Id } from '../format/id.ts';
import type { PackEntry } from '../format/pack-file.ts';
import type { BlobIndex } from './blob-index.ts';
import { loadBlob, openBlob } from './blob-reader.ts';
import type { EntrySet } from './entry-set.ts';
import { IndexStore } from './index-store.ts';
import { Packer } from './packer.ts';
import type { RepositoryCore } from './sealed-files.ts';
import { sideBySide } from './side-by-side.ts';

const PACKS_AT_ONCE = 2;
/** Of one group: compression happens in threads. */
const BLOBS_AT_ONCE = 4;
const RANGE_BYTES = 4 * 1024 * 1024;
/** Reading so many bytes for nothing is cheaper than asking twice. */
const GAP_BYTES = 256 * 1024;

export interface RepackSource {
  readonly index: BlobIndex;
  /** The entries that are copied. */
  readonly chosen: EntrySet;
}

/**
 * All is durable and indexed when it resolves. Nothing is deleted.
 * @param onPack awaited before each pack
 * @throws HoldfastError `repo/damaged`, `repo/blob-missing` when no copy of a blob is good; `backend/*`
 */
export async function repack(
  core: RepositoryCore,
  source: RepackSource,
  packs: readonly Id[],
  signal: AbortSignal,
  onPack: (pack: Id) => Promise<void>,
): Promise<void> {
  // An index of its own, in which nothing is known: what is to be copied must not count as stored.
  const packer = new Packer(core, new IndexStore(core), {}, signal);
  try {
    await sideBySide(packs, PACKS_AT_ONCE, async (pack) => {
      await onPack(pack);
      const entries = source.index
        .numberedEntries(pack)
        .filter(({ number }) => source.chosen.has(number));
      for (const group of groupsOf(entries))
        await copyGroup(core, source, pack, group, packer, signal);
    });
    await packer.finish();
  } catch (error) {
    await packer.abandon().catch((again: unknown) => {
      core.ports.log.warn('what was rewritten is not indexed', { error: String(again) });
    });
    throw error;
  }
}

async function copyGroup(
  core: RepositoryCore,
  { index }: RepackSource,
  pack: Id,
  group: readonly PackEntry[],
  packer: Packer,
  signal: AbortSignal,
): Promise<void> {
  const [first, last] = [group[0], group.at(-1)];
  if (first === undefined || last === undefined) return;
  const file = {
    kind: 'pack',
    name: pack,
    holds: first.type === 'tree' ? 'trees' : 'data',
  } as const;
  const range = { offset: first.offset, length: last.offset + last.length - first.offset };
  const bytes = await core.backend.read(file, range, signal);
  await sideBySide(group, BLOBS_AT_ONCE, async (entry) => {
    const { type, id, offset, length, uncompressedLength } = entry;
    const start = offset - first.offset;
    const sealed = bytes.subarray(start, start + length);
    let plain: Buffer;
    try {
      plain = await openBlob(core.masterKey, sealed, type, id, uncompressedLength);
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'repo/damaged') throw error;
      // Another copy may be good; over a network also this one, asked for again.
      plain = await loadBlob(core, index, type, id, signal);
    }
    await packer.save(type, plain, id);
  });
}

/** Neighbours that are read in one go, in the order of their offsets. */
function groupsOf(entries: readonly PackEntry[]): PackEntry[][] {
  const groups: PackEntry[][] = [];
  let group: PackEntry[] = [];
  for (const entry of entries) {
    const [first, last] = [group[0], group.at(-1)];
    const fits =
      first !== undefined &&
      last !== undefined &&
      entry.offset - (last.offset + last.length) <= GAP_BYTES &&
      entry.offset + entry.length - first.offset <= RANGE_BYTES;
    if (!fits) groups.push((group = []));
    group.push(entry);
  }
  return groups;
}
