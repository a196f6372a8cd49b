/** A file that becomes something else while it is read: what is stored is what was read, and that it changed is said. */
import {
  appendFileSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  closeSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
  type BigIntStats,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RabinChunker } from '../chunker/rabin-chunker.ts';
import { sha256Hex } from '../format/id.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';
import { plainFileSystem } from '../native/plain-file-system.ts';
import { ChunkHelpers } from '../testing/chunk-helpers.ts';
import { testFileSystem } from '../testing/engine-means.ts';
import { randomBytesFor } from '../testing/file-tree.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { TEST_POLYNOMIAL } from '../testing/test-repository.ts';
import { storeFileContent } from './file-content.ts';

/** What the system says to the next reads, instead of reading. */
const failures: Error[] = [];
vi.mock(import('node:fs'), async (original) => {
  const fs = await original();
  const readSync: typeof fs.readSync = (...read: unknown[]) => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    return Reflect.apply(fs.readSync, fs, read);
  };
  return { ...fs, readSync };
});

const BYTES = 12_000_000;
let path: string;
let fileSystem: () => FileSystemPort = testFileSystem;
let helpers: ChunkHelpers;

beforeEach(() => {
  helpers = new ChunkHelpers();
  path = join(temporaryFolder(), 'file');
  writeFileSync(path, randomBytesFor('before', BYTES));
});

/** `happen` comes to pass after the first piece. */
function store(happen: () => void = () => undefined) {
  const copies: Buffer[] = [];
  const chunks = helpers.chunks();
  let steps = 0;
  let lookedAt = 0;
  const entry = lstatSync(path, { bigint: true });
  const result = storeFileContent(Buffer.from(path), entry, fileSystem(), {
    chunker: new RabinChunker(TEST_POLYNOMIAL),
    chunks: {
      begin: () => chunks.begin(),
      add: (chunk) => {
        copies.push(Buffer.from(chunk));
        chunks.add(chunk);
      },
      finish: (last) => {
        if (last.length > 0) copies.push(Buffer.from(last));
        return chunks.finish(last);
      },
    },
    step: () => {
      steps += 1;
      if (steps === 1) happen();
    },
    whileOpen: (file) => {
      lookedAt += 1;
      fstatSync(file);
    },
  });
  const bytes = Buffer.concat(copies);
  expect(lookedAt).toBe(1);
  expect(result?.content).toEqual(copies.map((chunk) => sha256Hex(chunk)));
  expect(chunks.sizeBytes).toBe(bytes.length);
  expect(helpers.isIdle).toBe(true);
  expect(result?.sizeBytes).toBe(bytes.length);
  return { bytes, changed: result?.changed };
}

describe.each([
  ['with the native library', testFileSystem, 0],
  ['without the native library', plainFileSystem, 0],
  ['with two threads that help', testFileSystem, 2],
])('a file that is read, %s,', (_how, port, threads) => {
  beforeEach(async () => {
    fileSystem = port;
    await helpers.start(threads);
  });

  const before = (): Buffer => randomBytesFor('before', BYTES);

  it('and stays as it is, has not changed', () => {
    const { bytes, changed } = store();
    expect(changed).toBe(false);
    expect(bytes.equals(before())).toBe(true);
  });

  it.each([
    ['grows', () => appendFileSync(path, 'more')],
    ['shrinks', () => truncateSync(path, BYTES - 1000)],
    ['is emptied', () => truncateSync(path, 0)],
    [
      'is written to in its middle',
      () => {
        const file = openSync(path, 'r+');
        writeSync(file, 'other', BYTES - 100);
        closeSync(file);
      },
    ],
  ] as const)('and %s, has changed', (_name, happen) => {
    // Of long ago: a clock that is coarse must not hide the change.
    utimesSync(path, 1, 1);
    const { bytes, changed } = store(happen);
    expect(changed).toBe(true);
    const same = Math.min(bytes.length, 1_000_000);
    expect(bytes.subarray(0, same).equals(before().subarray(0, same))).toBe(true);
  });

  it.each([
    ['deleted', () => rmSync(path)],
    ['renamed', () => renameSync(path, `${path} 2`)],
    [
      'replaced by a folder',
      () => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
  ] as const)('and %s meanwhile, is stored whole: it was there', (_name, happen) => {
    const { bytes } = store(happen);
    expect(bytes.equals(before())).toBe(true);
  });
});

describe.each([0, 2])(
  'a file that cannot be read any further, with %i threads that help,',
  (threads) => {
    it('is given up with what the system says, and the next one is not disturbed', async () => {
      await helpers.start(threads);
      const gone = Object.assign(new Error('i/o'), { code: 'EIO' });
      expect(() =>
        store(() => {
          failures.push(gone);
        }),
      ).toThrow(gone);
      expect(helpers.isIdle).toBe(true);
      expect(store().bytes.equals(randomBytesFor('before', BYTES))).toBe(true);
    });
  },
);

describe('what stands in the place of a file that was listed', () => {
  const read = () =>
    storeFileContent(Buffer.from(path), entry, testFileSystem(), {
      chunker: new RabinChunker(TEST_POLYNOMIAL),
      step: () => undefined,
      chunks: helpers.chunks(),
      whileOpen: () => undefined,
    });
  let entry: BigIntStats;

  beforeEach(() => {
    entry = lstatSync(path, { bigint: true });
    rmSync(path);
  });

  it.skipIf(process.platform === 'win32')('is no file: nobody waits for a fifo', () => {
    testFileSystem().makeFifo(Buffer.from(path), 0o600);
    expect(read()).toBeNull();
  });

  it('is another file: what is said of it is its own', () => {
    writeFileSync(path, 'another');
    const { ino } = lstatSync(path, { bigint: true });
    expect(read()).toMatchObject({ sizeBytes: 7, changed: false, stat: { ino, size: 7n } });
  });

  it('is a folder, a link, or nothing: the system says so', () => {
    expect(read).toThrow(expect.objectContaining({ code: 'ENOENT' }) as Error);
    mkdirSync(path);
    expect(read()).toBeNull();
    rmSync(path, { recursive: true });
    symlinkSync('/etc/passwd', path);
    expect(read).toThrow(expect.objectContaining({ code: 'ELOOP' }) as Error);
  });
});
