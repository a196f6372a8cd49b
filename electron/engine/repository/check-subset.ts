/** Which packs are read when not all of them are (restic format notes, section 15). */
import { randomInt } from 'node:crypto';

import type { ReadDataSubset } from '../../../shared/model/job.ts';
import type { Id } from '../format/id.ts';

const HEX = 16;

/** Sizes by name, of those to be read. At least one pack, where there is any, except for a part that happens to be empty. */
export function choosePacks(
  sizes: ReadonlyMap<Id, number>,
  subset: ReadDataSubset,
): ReadonlyMap<Id, number> {
  if (subset.kind === 'part') {
    const { part, of } = subset;
    return new Map(
      [...sizes].filter(([pack]) => Number.parseInt(pack.slice(0, 2), HEX) % of === part - 1),
    );
  }
  const random = shuffled([...sizes]);
  if (subset.kind === 'percent') {
    const count = Math.floor((random.length * subset.percent) / 100);
    return new Map(random.slice(0, Math.max(1, count)));
  }
  const chosen = new Map<Id, number>();
  let bytes = 0;
  for (const [pack, sizeBytes] of random) {
    if (bytes >= subset.bytes) break;
    chosen.set(pack, sizeBytes);
    bytes += sizeBytes;
  }
  return chosen;
}

function shuffled<T>(items: T[]): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}
