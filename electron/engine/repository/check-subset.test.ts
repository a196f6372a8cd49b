import { describe, expect, it } from 'vitest';

import { sha256Hex } from '../format/id.ts';
import { flipBit } from '../testing/faulty-backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { makePruneScene } from '../testing/prune-scene.ts';
import { SmallPacks } from '../testing/small-packs.ts';
import { TestJob } from '../testing/test-ports.ts';
import { openTestRepository } from '../testing/test-repository.ts';
import { choosePacks } from './check-subset.ts';
import { check } from './check.ts';

const sizes = new Map(
  Array.from({ length: 400 }, (_, at) => [sha256Hex(Buffer.from(String(at))), 1000] as const),
);

describe('the packs of a subset', () => {
  it('are every pack once in t parts', () => {
    for (const of of [1, 2, 7, 256]) {
      const parts = Array.from({ length: of }, (_, at) =>
        choosePacks(sizes, { kind: 'part', part: at + 1, of }),
      );
      const all = parts.flatMap((part) => [...part.keys()]);
      expect(all).toHaveLength(sizes.size);
      expect(new Set(all)).toEqual(new Set(sizes.keys()));
    }
    const [pack] = [...choosePacks(sizes, { kind: 'part', part: 3, of: 256 }).keys()];
    expect(pack?.slice(0, 2)).toBe('02');
  });

  it('are as many as a share or a size says, others each time, and at least one', () => {
    const choose = (percent: number) => [
      ...choosePacks(sizes, { kind: 'percent', percent }).keys(),
    ];
    expect(choose(10)).toHaveLength(40);
    expect(choose(100)).toHaveLength(400);
    expect(choose(0.001)).toHaveLength(1);
    expect(choose(10)).not.toEqual(choose(10));
    const ofSize = (bytes: number) => choosePacks(sizes, { kind: 'bytes', bytes }).size;
    expect([ofSize(1), ofSize(1000), ofSize(1001), ofSize(50_000), ofSize(1e9)]).toEqual([
      1, 1, 2, 50, 400,
    ]);
    expect(choosePacks(new Map(), { kind: 'percent', percent: 5 }).size).toBe(0);
  });
});

describe('a check of a subset', () => {
  it('finds damage in the part that it reads, and only there', async () => {
    const memory = new MemoryBackend();
    const storage = new SmallPacks(memory);
    await makePruneScene(storage, 10);
    const damaged = memory.names('pack').find((pack) => !pack.startsWith('0')) ?? '';
    memory.tamper({ kind: 'pack', name: damaged }, (bytes) => flipBit(bytes, 30));
    const of = 16;
    const partOf = (Number.parseInt(damaged.slice(0, 2), 16) % of) + 1;
    let bytesRead = 0;
    for (let part = 1; part <= of; part++) {
      const repository = await openTestRepository(storage);
      const readDataSubset = { kind: 'part', part, of } as const;
      const result = await check(repository, { readData: false, readDataSubset }, new TestJob());
      const finds = result.findings.some(({ id }) => id === damaged);
      expect([part, finds]).toEqual([part, part === partOf]);
      expect(result.readData).toBe(false);
      bytesRead += result.bytesRead;
    }
    const whole = await check(await openTestRepository(storage), { readData: true }, new TestJob());
    expect(bytesRead).toBe(whole.bytesRead);
  });
});
