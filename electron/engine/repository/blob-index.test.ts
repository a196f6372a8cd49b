import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { BlobType, PackEntry } from '../format/pack-file.ts';
import { BlobIndex, KnownBlobs } from './blob-index.ts';

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function entry(name: string, offset = 0, type: BlobType = 'data'): PackEntry {
  return { type, id: idOf(name), offset, length: 100, uncompressedLength: 0 };
}

describe('BlobIndex', () => {
  it('finds what was added, by kind and id', () => {
    const index = new BlobIndex();
    expect(index.addPack(idOf('pack'), [entry('a'), entry('b', 100, 'tree')])).toBe('new');
    expect(index.has('data', idOf('a'))).toBe(true);
    expect(index.has('tree', idOf('a'))).toBe(false);
    expect(index.has('data', idOf('c'))).toBe(false);
    expect(index.has('data', 'xyz')).toBe(false);
    expect(index.has('data', 'z'.repeat(64))).toBe(false);
    expect(index.locate('tree', idOf('b'))).toEqual([
      { pack: idOf('pack'), offset: 100, length: 100, uncompressedLength: 0 },
    ]);
    expect(index.locate('tree', idOf('none'))).toEqual([]);
  });

  it('keeps sizes up to the largest that a pack can hold', () => {
    const index = new BlobIndex();
    const large = {
      type: 'tree',
      id: idOf('large'),
      offset: 0xffff_fff0,
      length: 0xffff_ffff,
      uncompressedLength: 0xffff_fffe,
    } as const;
    index.addPack(idOf('pack'), [large]);
    expect(index.packEntries(idOf('pack'))).toEqual([large]);
  });

  it('collapses a pack that two index files name, and tells when they differ', () => {
    const index = new BlobIndex();
    const blobs = [entry('a'), entry('b', 100)];
    index.addPack(idOf('pack'), blobs);
    expect(index.addPack(idOf('pack'), blobs.toReversed())).toBe('same');
    expect(index.entryCount).toBe(2);
    expect(index.addPack(idOf('pack'), [entry('a')])).toBe('differs');
    expect(index.addPack(idOf('pack'), [entry('c', 200)])).toBe('differs');
    expect(index.packEntries(idOf('pack'))).toEqual([...blobs, entry('c', 200)]);
    expect(index.packCount).toBe(1);
  });

  it('keeps every copy of a blob and the number of the first', () => {
    const index = new BlobIndex();
    index.addPack(idOf('p1'), [entry('a')]);
    const number = index.find('data', idOf('a'));
    for (const pack of ['p2', 'p3', 'p4']) index.addPack(idOf(pack), [entry('a')]);
    expect(index.find('data', idOf('a'))).toBe(number);
    expect(index.locate('data', idOf('a')).map(({ pack }) => pack)).toHaveLength(4);
    expect(new Set(index.locate('data', idOf('a')).map(({ pack }) => pack))).toEqual(
      new Set(['p1', 'p2', 'p3', 'p4'].map(idOf)),
    );
  });

  it('does the same as a plain map, whatever is added', () => {
    const blob = fc.record({
      type: fc.constantFrom<BlobType>('data', 'tree'),
      id: fc.integer({ min: 0, max: 30 }).map((n) => idOf(String(n))),
      offset: fc.integer({ min: 0, max: 5 }),
      length: fc.constant(50),
      uncompressedLength: fc.constantFrom(0, 9),
    });
    const packs = fc.array(
      fc.record({
        pack: fc.integer({ min: 0, max: 6 }).map((n) => idOf(`pack ${n}`)),
        blobs: fc.uniqueArray(blob, { maxLength: 12, selector: (b) => JSON.stringify(b) }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(packs, (additions) => {
        const index = new BlobIndex();
        const model = new Map<string, Set<string>>();
        for (const { pack, blobs } of additions) {
          index.addPack(pack, blobs);
          for (const { type, id, ...where } of blobs) {
            const key = `${type} ${id}`;
            const copies = model.get(key) ?? new Set();
            copies.add(JSON.stringify({ pack, ...where }));
            model.set(key, copies);
          }
        }
        for (const [key, copies] of model) {
          const [type, id] = key.split(' ') as [BlobType, string];
          const found = index.locate(type, id).map((where) => JSON.stringify(where));
          expect(found.toSorted()).toEqual([...copies].toSorted());
        }
      }),
    );
  });

  it('grows to many blobs over several segments', () => {
    const index = new BlobIndex();
    const count = 40_000;
    const perPack = 500;
    for (let start = 0; start < count; start += perPack) {
      const blobs = Array.from({ length: perPack }, (_, i) => entry(`${start + i}`, i * 100));
      index.addPack(idOf(`pack ${start}`), blobs);
    }
    expect(index.entryCount).toBe(count);
    for (let i = 0; i < count; i += 7) {
      expect(index.locate('data', idOf(String(i)))[0]?.offset).toBe((i % perPack) * 100);
    }
    expect(index.has('data', idOf('absent'))).toBe(false);
    expect([...index.packIds()]).toHaveLength(count / perPack);
  });
});

describe('KnownBlobs', () => {
  it('sees what was there when it was shared, by kind, whatever is added later', () => {
    const index = new BlobIndex();
    const bytes = (name: string): Buffer => Buffer.from(idOf(name), 'hex');
    const add = (from: number, to: number): void => {
      for (let number = from; number < to; number += 1) {
        const type = number % 3 === 0 ? 'tree' : 'data';
        index.addPack(idOf(`pack ${number}`), [entry(`blob ${number}`, 0, type)]);
      }
    };
    add(0, 700);
    // Cloned, as on its way to another thread: the memory is the same.
    const known = new KnownBlobs(structuredClone(index.share()));
    // The table of slots grows meanwhile, and more segments come.
    add(700, 40_000);
    for (let number = 0; number < 700; number += 1) {
      expect(known.has('tree', bytes(`blob ${number}`))).toBe(number % 3 === 0);
      expect(known.has('data', bytes(`blob ${number}`))).toBe(number % 3 !== 0);
    }
    expect(known.has('data', bytes('nobody has it'))).toBe(false);
    expect(new KnownBlobs(index.share()).has('data', bytes('blob 39998'))).toBe(true);
  });
});
