/**
 * What prune will do, before it does anything: which packs stay, which are rewritten, which go (restic format notes, section 14).
 * A pure function of what is stored, indexed and used. It refuses where something that archives need is not where it should be.
 */
import type { MaxUnused } from '../../../shared/model/retention.ts';
import type { Id } from '../format/id.ts';
import { packFileBytes, type BlobType } from '../format/pack-file.ts';
import type { BlobIndex, NumberedEntry } from './blob-index.ts';
import { chooseCopies } from './copy-choice.ts';
import type { EntrySet } from './entry-set.ts';
import { blobMissing, damaged } from './sealed-files.ts';

export interface StoredPack {
  readonly sizeBytes: number;
  /** The storage's own checksum says that it holds something else. */
  readonly isAltered: boolean;
}

export interface PruneLimits {
  readonly maxUnused: MaxUnused;
  readonly maxRepackBytes: number | null;
  readonly repackSmall: boolean;
}

export interface PruneSituation {
  readonly index: BlobIndex;
  /** Numbers of the first copies, as `usedBlobs` gives them. */
  readonly used: EntrySet;
  /** All packs in the storage. */
  readonly stored: ReadonlyMap<Id, StoredPack>;
  readonly packSizeBytes: number;
  readonly formatVersion: number;
}

export interface PrunePlan {
  readonly keep: readonly Id[];
  /** To be rewritten, in this order. */
  readonly repack: readonly Id[];
  /** Nothing in them is needed. */
  readonly remove: readonly Id[];
  /** No index names them. */
  readonly unindexed: readonly Id[];
  /** Named by the index, not needed, and not there. */
  readonly missing: readonly Id[];
  /** Entry numbers: the one copy of each used blob that stays or is rewritten. */
  readonly chosen: EntrySet;
  readonly bytes: {
    readonly before: number;
    readonly used: number;
    readonly repacked: number;
    /** What goes with removed and unindexed packs and with what is left out of rewritten ones. */
    readonly freed: number;
    readonly unusedAfter: number;
  };
}

interface PackFacts {
  readonly id: Id;
  readonly sizeBytes: number;
  readonly kind: BlobType | 'mixed';
  readonly usedBytes: number;
  readonly unusedBytes: number;
  readonly hasUsed: boolean;
  readonly mustCompress: boolean;
  /** So small that it costs more than it holds. */
  readonly isSmall: boolean;
}

/** Fewer small packs than this are left alone: else the last pack of each run would be rewritten for ever. */
const MIN_SMALL_PACKS = 10;
const SMALL_SHARE = 1 / 25;
const REPACK_SMALL_SHARE = 4 / 5;

/** @throws HoldfastError `repo/damaged` for a pack that is needed and not as it should be, `repo/blob-missing` */
export function planPrune(situation: PruneSituation, limits: PruneLimits): PrunePlan {
  const { index, used, stored } = situation;
  const [present, missing] = [[] as Id[], [] as Id[]];
  for (const pack of index.packIds()) {
    if (requireSound(pack, situation)) present.push(pack);
    else missing.push(pack);
  }
  const { chosen, found } = chooseCopies(index, used, present);
  if (found.size !== used.size) throw firstMissing(situation, found, missing);
  const facts = present.map((pack) => factsOf(pack, situation, chosen, limits));
  const needed = facts.filter(({ hasUsed }) => hasUsed);
  const removed = facts.filter(({ hasUsed }) => !hasUsed);
  const repacked = choosePacksToRepack(needed, limits);
  const repackedIds = new Set(repacked.map(({ id }) => id));
  const unindexed = [...stored.keys()].filter((pack) => !index.hasPack(pack));
  const kept = needed.filter(({ id }) => !repackedIds.has(id));
  return {
    keep: kept.map(({ id }) => id),
    repack: [...repackedIds],
    remove: removed.map(({ id }) => id),
    unindexed,
    missing,
    chosen,
    bytes: {
      before: [...stored.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      used: sum(needed, 'usedBytes'),
      repacked: sum(repacked, 'sizeBytes'),
      freed:
        sum(removed, 'sizeBytes') +
        sum(repacked, 'unusedBytes') +
        unindexed.reduce((all, pack) => all + (stored.get(pack)?.sizeBytes ?? 0), 0),
      unusedAfter: sum(kept, 'unusedBytes'),
    },
  };
}

/** True when the pack is there; false when it is gone, which is no harm as long as nothing needs it. */
function requireSound(pack: Id, { index, used, stored }: PruneSituation): boolean {
  const file = stored.get(pack);
  if (file === undefined) return false;
  const entries = index.numberedEntries(pack);
  const isSound = file.sizeBytes === packFileBytes(entries) && !file.isAltered;
  if (!isSound && entries.some(({ blob }) => used.has(blob))) {
    throw damaged('pack', pack, 'its size or checksum is not what the index tells');
  }
  return true;
}

function firstMissing(
  { index, used }: PruneSituation,
  found: EntrySet,
  missing: readonly Id[],
): Error {
  for (const pack of missing) {
    const lost = index.numberedEntries(pack).find(({ blob }) => used.has(blob) && !found.has(blob));
    if (lost !== undefined) return blobMissing(lost.type, lost.id, pack);
  }
  return new RangeError('used blobs are in the index');
}

function factsOf(
  id: Id,
  { index, stored, packSizeBytes, formatVersion }: PruneSituation,
  chosen: EntrySet,
  { repackSmall }: PruneLimits,
): PackFacts {
  const entries = index.numberedEntries(id);
  const sizeBytes = stored.get(id)?.sizeBytes ?? 0;
  const unused = entries.filter(({ number }) => !chosen.has(number));
  const unusedBytes = unused.reduce((sum, { length }) => sum + length, 0);
  const smallBelow = packSizeBytes * (repackSmall ? REPACK_SMALL_SHARE : SMALL_SHARE);
  return {
    id,
    sizeBytes,
    kind: kindOf(entries),
    usedBytes: sizeBytes - unusedBytes,
    unusedBytes,
    hasUsed: unused.length < entries.length,
    mustCompress:
      formatVersion > 1 &&
      entries.some(({ type, uncompressedLength }) => type === 'tree' && uncompressedLength === 0),
    isSmall: sizeBytes < smallBelow,
  };
}

function kindOf(entries: readonly NumberedEntry[]): PackFacts['kind'] {
  const [first] = entries;
  return first === undefined || entries.some(({ type }) => type !== first.type)
    ? 'mixed'
    : first.type;
}

function choosePacksToRepack(needed: readonly PackFacts[], limits: PruneLimits): PackFacts[] {
  const mayStay = ({ unusedBytes, kind, mustCompress }: PackFacts): boolean =>
    unusedBytes === 0 && kind !== 'mixed' && !mustCompress;
  const small = needed.filter((pack) => mayStay(pack) && pack.isSmall);
  const candidates = needed.filter((pack) => !mayStay(pack));
  if (small.length >= MIN_SMALL_PACKS) candidates.push(...small);
  // Trees first, since everything is read through them; then small packs; then where most is gained for what is rewritten.
  candidates.sort(
    (a, b) =>
      Number(a.kind === 'data') - Number(b.kind === 'data') ||
      Number(b.isSmall) - Number(a.isSmall) ||
      b.unusedBytes / b.usedBytes - a.unusedBytes / a.usedBytes,
  );
  const maxUnusedBytes = maxUnusedOf(limits.maxUnused, sum(needed, 'usedBytes'));
  const maxRepackBytes = limits.maxRepackBytes ?? Number.POSITIVE_INFINITY;
  let unusedBytes = sum(needed, 'unusedBytes');
  let repackedBytes = 0;
  const repacked: PackFacts[] = [];
  for (const pack of candidates) {
    if (repackedBytes + pack.sizeBytes >= maxRepackBytes) continue;
    const isOptional = pack.kind === 'data' && !pack.mustCompress && !pack.isSmall;
    if (isOptional && unusedBytes < maxUnusedBytes) continue;
    repacked.push(pack);
    repackedBytes += pack.sizeBytes;
    unusedBytes -= pack.unusedBytes;
  }
  return repacked;
}

/** A percentage is of what there is after pruning. */
function maxUnusedOf(limit: MaxUnused, usedBytes: number): number {
  if (limit.kind === 'bytes') return limit.bytes;
  if (limit.kind === 'unlimited' || limit.percent >= 100) return Number.POSITIVE_INFINITY;
  return (limit.percent / (100 - limit.percent)) * usedBytes;
}

function sum(packs: readonly PackFacts[], what: 'usedBytes' | 'unusedBytes' | 'sizeBytes'): number {
  return packs.reduce((all, pack) => all + pack[what], 0);
}
