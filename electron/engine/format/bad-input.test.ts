/**
 * Every parser against bad input: it returns what can be written and read again, or throws a `HoldfastError` that tells of bad bytes.
 * Cases by hand are in `hostile-input.test.ts`.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../shared/errors.ts';
import { cipherKeyFromBytes, seal, sealWithIv } from '../crypto/sealed.ts';
import { BAD_INPUT_SEED, damagedBytes, disturbedJson } from '../testing/bad-input.ts';
import { formatValues } from '../testing/format-values.ts';
import { compressBriefly, decompress } from './compression.ts';
import { decodeConfig, encodeConfig } from './config-file.ts';
import { formatGoTime, parseGoTime } from './go-time.ts';
import { decodeIndex, encodeIndex } from './index-file.ts';
import { decodeKeyFile, decodeMasterKey, encodeKeyFile, encodeMasterKey } from './key-file.ts';
import { decodeLock, encodeLock } from './lock-file.ts';
import { quoteName, unquoteName } from './name-quoting.ts';
import { tableOf } from './blob-table.ts';
import { decodeEntries, decodePackHeader, encodePackHeader, type PackEntry } from './pack-file.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot-file.ts';
import { decodeTree, encodeTree } from './tree.ts';
import { decodeUnpacked } from './unpacked-file.ts';

const LIMIT = 1 << 20;
const key = cipherKeyFromBytes(Buffer.alloc(64, 0x5a));
const iv = Buffer.alloc(16, 1);

interface Parser {
  /** Valid encodings. */
  readonly valid: fc.Arbitrary<Buffer>;
  /** What the bytes say, written again. Throws what decoding throws. */
  readonly rewrite: (bytes: Buffer) => Buffer;
}

function parser<T>(
  values: fc.Arbitrary<T>,
  encode: (value: T) => Buffer,
  decode: (bytes: Buffer) => T,
): Parser {
  return { valid: values.map(encode), rewrite: (bytes) => encode(decode(bytes)) };
}

const { bytes: bytesOf } = formatValues;
const jsonParsers: Readonly<Record<string, Parser>> = {
  config: parser(formatValues.config, encodeConfig, decodeConfig),
  'key file': parser(formatValues.keyFile, encodeKeyFile, decodeKeyFile),
  'master key': parser(formatValues.masterKey, encodeMasterKey, decodeMasterKey),
  index: parser(formatValues.index, encodeIndex, decodeIndex),
  snapshot: parser(formatValues.snapshot, encodeSnapshot, decodeSnapshot),
  lock: parser(formatValues.lock, encodeLock, decodeLock),
  tree: parser(formatValues.tree, encodeTree, decodeTree),
};
const compressed = (bytes: Uint8Array): Buffer => Buffer.from(compressBriefly(bytes));

const parsers: Readonly<Record<string, Parser>> = {
  ...jsonParsers,
  'pack header': parser(formatValues.packEntries, headerOf, decodeEntries),
  pack: parser(formatValues.packEntries, encodePack, (bytes) => decodePackHeader(key, bytes)),
  'sealed file': parser<Buffer>(
    bytesOf(0, 60).map((rest) => Buffer.concat([Buffer.from('{'), rest])),
    (json) => sealWithIv(key, packed(json), iv),
    (bytes) => decodeUnpacked(key, bytes, LIMIT),
  ),
  'sealed file of someone with the key': parser<Buffer>(bytesOf(0, 60), packed, (bytes) =>
    decodeUnpacked(key, seal(key, bytes), LIMIT),
  ),
  compression: parser<Buffer>(bytesOf(0, 200), compressed, (bytes) => decompress(bytes, LIMIT)),
  'name in a tree': parser<Buffer>(
    bytesOf(0, 40),
    (name) => Buffer.from(quoteName(name)),
    (bytes) => unquoteName(bytes.toString()),
  ),
  time: parser(
    formatValues.time,
    (time) => Buffer.from(formatGoTime(time)),
    (bytes) => parseGoTime(bytes.toString()),
  ),
};

function packed(json: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(2), compressed(json)]);
}

/** The blobs are zeros: only the header is read. */
function headerOf(entries: readonly PackEntry[]): Buffer {
  return encodePackHeader(tableOf(entries));
}

function encodePack(entries: readonly PackEntry[]): Buffer {
  const header = sealWithIv(key, headerOf(entries), iv);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const blobBytes = entries.reduce((sum, entry) => sum + entry.length, 0);
  return Buffer.concat([Buffer.alloc(blobBytes), header, length]);
}

/** The bytes rewritten, null when they were refused as they should be. */
function rewritten({ rewrite }: Parser, bytes: Buffer): Buffer | null {
  try {
    return rewrite(bytes);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    expect(error.code).toMatch(/^(?:format|crypto|repo)\//u);
    return null;
  }
}

function expectGoodOrRefused(of: Parser, input: fc.Arbitrary<Buffer>, numRuns: number): void {
  fc.assert(
    fc.property(input, (bytes) => {
      const once = rewritten(of, bytes);
      // Taken for good, it stays what it is.
      if (once !== null) expect(rewritten(of, once)).toEqual(once);
    }),
    { seed: BAD_INPUT_SEED, numRuns },
  );
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect({}).not.toHaveProperty('polluted');
}

describe.each(Object.entries(parsers))('the parser of a %s', (_, of) => {
  it('takes what is valid', () => {
    fc.assert(
      fc.property(of.valid, (bytes) => {
        expect(of.rewrite(bytes)).toEqual(bytes);
      }),
      { seed: BAD_INPUT_SEED, numRuns: 50 },
    );
  });

  it('survives arbitrary bytes', () => {
    expectGoodOrRefused(of, bytesOf(0, 300), 200);
  });

  it('survives valid bytes that were damaged', () => {
    expectGoodOrRefused(of, damagedBytes(of.valid), 300);
  });
});

describe.each(Object.entries(jsonParsers))('the parser of a %s', (_, of) => {
  it('survives arbitrary JSON', () => {
    expectGoodOrRefused(
      of,
      fc.json().map((text) => Buffer.from(text)),
      100,
    );
  });

  it('survives JSON with a value that does not belong there', () => {
    expectGoodOrRefused(of, disturbedJson(of.valid), 500);
  });
});
