import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeIndex, encodeIndex, type IndexFile } from './index-file.ts';
import { entriesOf } from './blob-table.ts';
import { decodePackedIndex } from './packed-index.ts';

const id = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const uint32 = fc.oneof(fc.nat({ max: 2 ** 31 - 1 }), fc.constantFrom(0, 2 ** 32 - 1));
const blob = fc.record({
  type: fc.constantFrom('data' as const, 'tree' as const),
  id,
  offset: uint32,
  length: uint32.map((length) => Math.max(length, 32)),
  uncompressedLength: uint32,
});
const index: fc.Arbitrary<IndexFile> = fc.record({
  packs: fc.array(fc.record({ id, blobs: fc.array(blob, { maxLength: 5 }) }), { maxLength: 4 }),
});

function unpacked(json: Buffer): IndexFile {
  const { packs, blobs } = decodePackedIndex(json);
  return {
    packs: packs.map(({ id: own, first, count }) => ({
      id: own,
      blobs: entriesOf(blobs, first, count),
    })),
  };
}

/** What a decoder makes of it, or that it refuses it. */
function outcome(decode: (json: Buffer) => IndexFile, json: Buffer): IndexFile | string {
  try {
    return decode(json);
  } catch (error) {
    return String(error);
  }
}

describe('an index as a table', () => {
  it('says what the index says', () => {
    fc.assert(
      fc.property(index, (file) => {
        const json = encodeIndex(file);
        expect(unpacked(json)).toEqual(file);
        expect(unpacked(json)).toEqual(decodeIndex(json));
      }),
    );
  });

  it('reads every other spelling of the same', () => {
    fc.assert(
      fc.property(index, fc.constantFrom(0, 2), (file, indent) => {
        const parsed: unknown = JSON.parse(encodeIndex(file).toString());
        const spelled = { supersedes: [], ...(parsed as object) };
        expect(unpacked(Buffer.from(JSON.stringify(spelled, null, indent)))).toEqual(file);
      }),
    );
    expect(unpacked(Buffer.from('{"packs":null}'))).toEqual({ packs: [] });
  });

  it('agrees with the slow way about whatever is changed in it', () => {
    const change = fc.record({
      at: fc.nat(),
      with: fc.oneof(
        fc.constantFrom('0', '-', '.', 'e', '"', ',', '}', ']', ' ', 'G', '9999999999', ''),
        fc.string({ maxLength: 3 }),
      ),
      cut: fc.nat({ max: 3 }),
    });
    fc.assert(
      fc.property(index, change, (file, { at, with: text, cut }) => {
        const json = encodeIndex(file).toString();
        const from = at % json.length;
        const changed = Buffer.from(json.slice(0, from) + text + json.slice(from + cut));
        expect(outcome(unpacked, changed)).toEqual(outcome(decodeIndex, changed));
      }),
      { numRuns: 1000 },
    );
  });
});
