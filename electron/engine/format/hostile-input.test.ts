/** What somebody would write to make a reader hang, run out of memory or crash. `bad-input.test.ts` has what chance finds. */
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { deriveKey } from '../crypto/kdf.ts';
import { newCipherKey, seal } from '../crypto/sealed.ts';
import { nestedJson } from '../testing/bad-input.ts';
import { decompress } from './compression.ts';
import { decodeConfig } from './config-file.ts';
import { parseObject } from './go-json.ts';
import { parseGoTime } from './go-time.ts';
import { decodeIndex, encodeIndex } from './index-file.ts';
import { decodeKeyFile } from './key-file.ts';
import { decodeLock } from './lock-file.ts';
import { unquoteName } from './name-quoting.ts';
import { decodeEntries, decodePackHeader } from './pack-file.ts';
import { decodeSnapshot } from './snapshot-file.ts';
import { decodeTree, encodeTree } from './tree.ts';
import { decodeUnpacked } from './unpacked-file.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const ID = 'ab'.repeat(32);
const TIME = '"2024-01-01T00:00:00Z"';
const key = newCipherKey();

const nodeText = (name: string, more = ''): string =>
  `{"name":${name},"type":"fifo","mtime":${TIME},"atime":${TIME},"ctime":${TIME},"uid":0,"gid":0${more}}`;
const treeOf = (...nodes: string[]): Buffer => Buffer.from(`{"nodes":[${nodes.join(',')}]}`);
const withGeneric = (json: string): Buffer =>
  treeOf(nodeText('"a"', `,"generic_attributes":${json}`));

describe('frames that inflate', () => {
  /** Zeros, by blocks that say "this byte, 128 KiB of it" in four bytes. */
  function zeros(plainBytes: number): Buffer {
    const blockBytes = 128 * 1024;
    const blocks = Buffer.alloc((plainBytes / blockBytes) * 4);
    for (let at = 0; at < blocks.length; at += 4) {
      const isLast = at + 4 === blocks.length;
      blocks.writeUIntLE(blockBytes * 8 + 2 + (isLast ? 1 : 0), at, 3);
    }
    // Window of 128 KiB, no content size.
    return Buffer.concat([Buffer.from('28b52ffd0038', 'hex'), blocks]);
  }

  it('stop at the cap, be there 10 GiB in them', () => {
    expect(decompress(zeros(MIB), MIB)).toEqual(Buffer.alloc(MIB));
    const bomb = zeros(10 * GIB);
    expect(bomb.length).toBeLessThan(MIB);
    expect(() => decompress(bomb, MIB)).toThrow('format/too-large');
    expect(() => decompress(bomb, 1)).toThrow('format/too-large');
    const sealed = seal(key, Buffer.concat([Buffer.of(2), bomb]));
    expect(() => decodeUnpacked(key, sealed, MIB)).toThrow('format/too-large');
  });

  it('give no more than the cap when one follows another: only the first is read', () => {
    const frame = zstdCompressSync(Buffer.alloc(MIB));
    const frames = Buffer.concat(Array.from({ length: 100 }, () => frame));
    expect(decompress(frames, MIB)).toHaveLength(MIB);
    expect(() => decompress(frames, MIB - 1)).toThrow('format/too-large');
  });

  it.each([
    ['asks for a window of terabytes', '28b52ffd00ff010000'],
    ['claims 2^64 - 1 bytes', '28b52ffde0ffffffffffffffff010000'],
    ['wants a dictionary', '28b52ffd0338ffffffff010000'],
    ['has a block of the type that is reserved', '28b52ffd0038070000'],
    ['ends within its header', '28b52ffd'],
    ['is none', '00'],
  ])('are refused when one %s', (_, hex) => {
    expect(() => decompress(Buffer.from(hex, 'hex'), MIB)).toThrow(
      /^format\/(?:invalid|too-large)$/u,
    );
  });
});

describe('pack headers', () => {
  const lengthOf = (bytes: number): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes);
    return length;
  };
  const entry = (length: number): Buffer =>
    Buffer.concat([Buffer.of(0), lengthOf(length), Buffer.alloc(32, 0xab)]);

  it.each([65, 16 * MIB + 1, 2 ** 31, 2 ** 32 - 1])(
    'are refused with a length of %d in a file of 68 bytes',
    (length) => {
      const pack = Buffer.concat([Buffer.alloc(64, 1), lengthOf(length)]);
      expect(() => decodePackHeader(key, pack)).toThrow('format/invalid');
    },
  );

  it.each([0, 1, 31])('with a length of %d are not authentic', (length) => {
    const pack = Buffer.concat([Buffer.alloc(64, 1), lengthOf(length)]);
    expect(() => decodePackHeader(key, pack)).toThrow('crypto/not-authentic');
  });

  it('are refused when the lengths of the blobs add up to more than 32 bits', () => {
    const half = 2 ** 31;
    expect(decodeEntries(Buffer.concat([entry(half), entry(half - 1)]))).toHaveLength(2);
    expect(() => decodeEntries(Buffer.concat([entry(half), entry(half)]))).toThrow(
      'format/invalid',
    );
    expect(() => decodeEntries(entry(31))).toThrow('format/invalid');
    expect(() => decodeEntries(entry(32).subarray(0, 36))).toThrow('format/invalid');
  });

  it('are refused when blobs that are not there are listed', () => {
    const header = seal(key, Buffer.concat([entry(2 ** 31), entry(2 ** 31 - 1)]));
    const pack = Buffer.concat([header, lengthOf(header.length)]);
    expect(() => decodePackHeader(key, pack)).toThrow('format/invalid');
  });
});

describe('key files', () => {
  const keyText = (N: string, r: string, p: string): Buffer =>
    Buffer.from(
      `{"created":${TIME},"kdf":"scrypt","N":${N},"r":${r},"p":${p},"salt":"${Buffer.alloc(64).toString('base64')}","data":""}`,
    );

  it.each([
    ['4194304', '4', '1', 'repo/too-expensive-key'],
    ['1048576', '16', '1', 'repo/too-expensive-key'],
    ['9007199254740991', '1', '1', 'repo/too-expensive-key'],
    ['4503599627370496', '1', '1', 'repo/too-expensive-key'],
    ['2', '8388607', '127', 'repo/too-expensive-key'],
    ['2', '8388608', '1', 'format/invalid'],
    ['2', '1', '9007199254740991', 'format/invalid'],
    ['32768', '8', '1000000', 'repo/too-expensive-key'],
    ['32767', '8', '1', 'format/invalid'],
    ['1', '8', '1', 'format/invalid'],
    ['0', '0', '0', 'format/invalid'],
  ])('of N %s, r %s, p %s cost no work', async (N, r, p, code) => {
    const keyFile = decodeKeyFile(keyText(N, r, p));
    await expect(deriveKey(Buffer.from('secret'), keyFile.salt, keyFile)).rejects.toMatchObject({
      code,
    });
  });

  it.each(['1e300', '-2', '1.5', '"32768"', 'null', '18446744073709551616'])(
    'with N %s are refused',
    (N) => {
      expect(() => decodeKeyFile(keyText(N, '8', '1'))).toThrow('format/invalid');
    },
  );
});

describe('indexes', () => {
  const indexOf = (...blobs: string[]): Buffer =>
    Buffer.from(`{"packs":[{"id":"${ID}","blobs":[${blobs.join(',')}]}]}`);
  const blob = (offset: string, length: string): string =>
    `{"id":"${ID}","type":"data","offset":${offset},"length":${length}}`;

  it.each([
    ['-1', '40'],
    ['4294967296', '40'],
    ['0', '31'],
    ['0', '-40'],
    ['0', '1e30'],
    ['0.5', '40'],
  ])('with offset %s and length %s are refused', (offset, length) => {
    expect(() => decodeIndex(indexOf(blob(offset, length)))).toThrow('format/invalid');
  });

  it('whose blobs overlap are read: what is there is judged by its hash', () => {
    const index = decodeIndex(indexOf(blob('0', '100'), blob('50', '4294967295')));
    expect(decodeIndex(encodeIndex(index))).toEqual(index);
  });
});

describe('trees', () => {
  it.each(['".."', '"."', '"/"', '"a/../b"', '"\\\\x00"', '""', '"CON"', '"\\ud800"'])(
    'with the name %s are read: whoever makes a path of it judges it',
    (name) => {
      expect(decodeTree(treeOf(nodeText(name)))).toHaveLength(1);
    },
  );

  it('with a name twice are read, and not written again', () => {
    const nodes = decodeTree(treeOf(nodeText('"a"'), nodeText('"a"')));
    expect(nodes).toHaveLength(2);
    expect(() => encodeTree(nodes)).toThrow('format/invalid');
  });

  it('keep generic attributes as they are', () => {
    const json =
      '{"a":18446744073709551615,"b":[-9007199254740993,{"__proto__":{"c":null}}],"toJSON":1.5}';
    const nodes = decodeTree(withGeneric(json));
    expect(encodeTree(nodes).toString()).toContain(`"generic_attributes":${json}`);
  });

  it.each([
    ['deeper than can be written again', nestedJson(100_000)],
    ['too large for a number', '{"a":1e400}'],
    ['of so many digits that some would be lost', `{"a":${'9'.repeat(100)}}`],
  ])('with generic attributes %s are refused', (_, json) => {
    expect(() => decodeTree(withGeneric(json))).toThrow('format/invalid');
  });

  it('with a number of a million digits are refused without working it out', () => {
    const digits = '9'.repeat(MIB);
    const tree = treeOf(nodeText('"a"', `,"inode":${digits}`));
    expect(() => decodeTree(tree)).toThrow('format/invalid');
  });
});

describe('times', () => {
  const texts = [
    '2024-01-01T00:00:60Z',
    '9999-12-31T23:59:60Z',
    '10000-01-01T00:00:00Z',
    '-001-01-01T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2024-00-10T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:00:00+24:00',
    '2024-01-01T00:00:00+00:60',
    `2024-01-01T00:00:00.${'1'.repeat(MIB)}`,
    `${'2'.repeat(MIB)}-01-01T00:00:00Z`,
  ];

  it.each(texts.map((text) => [text.slice(0, 30), text]))('%s is refused', (_, text) => {
    expect(() => parseGoTime(text)).toThrow('format/invalid');
  });
});

describe('JSON', () => {
  const long = 'A'.repeat(MIB);
  const decoders: readonly (readonly [string, (bytes: Uint8Array) => unknown, string])[] = [
    ['config', decodeConfig, 'id'],
    ['key file', decodeKeyFile, 'data'],
    ['index', decodeIndex, 'packs'],
    ['snapshot', decodeSnapshot, 'tree'],
    ['lock', decodeLock, 'time'],
    ['tree', decodeTree, 'nodes'],
  ];

  it.each(decoders)('nested a hundred thousand times is no %s', (_, decode, field) => {
    const [objects, arrays] = [nestedJson(100_000), '['.repeat(100_000) + ']'.repeat(100_000)];
    // Whole numbers that need a bigint are looked for in another way.
    const digits = '1234567890123456789';
    for (const json of [objects, arrays, '['.repeat(100_000)]) {
      for (const text of [json, `{"${field}":${json}}`, `{"${field}":[${json},${digits}]}`]) {
        expect(() => decode(Buffer.from(text))).toThrow('format/invalid');
      }
    }
  });

  it.each(decoders)('with a text of 1 MiB is no %s', (_, decode, field) => {
    expect(() => decode(Buffer.from(`{"${field}":"${long}"}`))).toThrow('format/invalid');
  });

  it('of more text than a string can hold is refused', () => {
    expect(() => parseObject(Buffer.alloc(513 * MIB), 'tree')).toThrow('format/invalid');
  });

  it('with texts of 1 MiB is read where any text may stand', () => {
    const lock = decodeLock(
      Buffer.from(`{"time":${TIME},"exclusive":false,"hostname":"${long}","username":"${long}"}`),
    );
    expect(lock.hostname).toBe(long);
    const [node] = decodeTree(treeOf(nodeText(`"${long}"`, `,"linktarget":"${long}"`)));
    expect(node?.linkTarget.toString()).toBe(long);
  });

  it('with a name of nothing but escapes is read without a buffer for each', () => {
    const count = 100_000;
    const name = unquoteName('\\xff'.repeat(count));
    expect(name).toEqual(Buffer.alloc(count, 0xff));
    // Nothing more is held than the name.
    expect(name.buffer.byteLength).toBeLessThan(count + 64 * 1024);
  });
});
