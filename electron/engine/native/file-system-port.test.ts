import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Log } from '../ports.ts';
import { exactFileSystem, supportsExact } from './exact-file-system.ts';
import { chooseFileSystem } from './open-file-system.ts';
import { readOwnerFile, rememberNames } from './owner-names.ts';
import { plainFileSystem } from './plain-file-system.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-native-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const exactHere = supportsExact(process.platform, process.arch);
const root = process.getuid?.() === 0;

function times(path: string | Buffer): [bigint, bigint] {
  const stat = lstatSync(path, { bigint: true });
  return [stat.atimeNs, stat.mtimeNs];
}

describe.runIf(exactHere)('exact file system', () => {
  const port = exactHere ? exactFileSystem(koffi) : plainFileSystem();

  it('sets any time to the nanosecond, before 1970 too', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const ns = fc.bigInt({ min: -2_000_000_000_000_000_000n, max: 9_000_000_000_000_000_000n });
    fc.assert(
      fc.property(ns, ns, (atimeNs, mtimeNs) => {
        port.setTimes(Buffer.from(file), atimeNs, mtimeNs);
        expect(times(file)).toEqual([atimeNs, mtimeNs]);
      }),
      { numRuns: 50 },
    );
  });

  it('sets the times of a link and not of what it points to', () => {
    const file = join(folder, 'file');
    const link = join(folder, 'link');
    writeFileSync(file, '');
    symlinkSync(file, link);
    const before = times(file);
    port.setTimes(Buffer.from(link), 1_000_000_001n, 1_234_567_890_123_456_789n);
    expect(times(link)).toEqual([1_000_000_001n, 1_234_567_890_123_456_789n]);
    expect(times(file)).toEqual(before);
  });

  it('takes names that are not UTF-8', () => {
    const file = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff, 0xfe])]);
    writeFileSync(file, '');
    port.setTimes(file, 5n, 7n);
    expect(times(file)).toEqual([5n, 7n]);
  });

  it('names the failure', () => {
    const missing = Buffer.from(join(folder, 'missing'));
    expect(() => {
      port.setTimes(missing, 0n, 0n);
    }).toThrow(expect.objectContaining({ code: 'ENOENT', syscall: 'utimensat' }));
    expect(() => {
      port.setTimes(Buffer.from('a\0b'), 0n, 0n);
    }).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  it('makes fifos, and never over an existing entry', () => {
    const path = Buffer.from(join(folder, 'pipe'));
    port.makeFifo(path, 0o600);
    expect(lstatSync(path).isFIFO()).toBe(true);
    expect(() => {
      port.makeFifo(path, 0o600);
    }).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  });

  it.runIf(root && process.platform === 'linux')('makes devices with their number', () => {
    const path = Buffer.from(join(folder, 'null'));
    port.makeDevice(path, 'character', 0o600, 0x103n);
    const stat = lstatSync(path, { bigint: true });
    expect(stat.isCharacterDevice()).toBe(true);
    expect(stat.rdev).toBe(0x103n);
  });

  it('writes and reads extended attributes, empty and binary ones too', () => {
    const path = Buffer.from(join(folder, 'file'));
    writeFileSync(path, 'x');
    const value = Buffer.from([0, 255, 10, 0]);
    expect(port.extendedAttributes(path)).toEqual([]);
    expect(whileOpen(path, (file) => port.openFileAttributes(file, path))).toEqual([]);
    try {
      port.setExtendedAttribute(path, { name: 'user.holdfast', value });
    } catch (error) {
      // A file system without them is allowed to say so, and nothing else.
      expect((error as NodeJS.ErrnoException).code).toBe('ENOTSUP');
      return;
    }
    port.setExtendedAttribute(path, { name: 'user.empty', value: Buffer.alloc(0) });
    const found = port.extendedAttributes(path).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(whileOpen(path, (file) => port.openFileAttributes(file, path))).toEqual(
      port.extendedAttributes(path),
    );
    expect(found).toEqual([
      { name: 'user.empty', value: Buffer.alloc(0) },
      { name: 'user.holdfast', value },
    ]);
  });

  it('knows the owners that the system knows', () => {
    expect(port.userName(0)).toBe('root');
    expect(port.groupName(0)).toBe(execFileSync('id', ['-gn', '0'], { encoding: 'utf8' }).trim());
    expect(port.userName(3_999_999_999)).toBeNull();
    expect(port.groupName(3_999_999_999)).toBeNull();
  });
});

describe.runIf(process.platform === 'linux')('an open file', () => {
  const port = exactHere ? exactFileSystem(koffi) : plainFileSystem();
  const look = (path: string) => lstatSync(path, { bigint: true });

  it.each([
    ['is written to', (path: string) => appendFileSync(path, 'more')],
    ['has other times', (path: string) => utimesSync(path, 1, 2)],
    ['has other permissions', (path: string) => chmodSync(path, 0o640)],
    ['has another name, too', (path: string) => linkSync(path, `${path} 2`)],
  ])('is still what it was, until it %s', (_what, change) => {
    const path = join(folder, 'file');
    writeFileSync(path, 'content', { mode: 0o600 });
    // Before 1970, and with a fraction.
    port.setTimes(Buffer.from(path), 0n, -1_234_567_891n);
    const entry = look(path);
    whileOpen(path, (file) => {
      expect(port.isStill(file, entry)).toBe(true);
      waitForNextTick();
      change(path);
      expect(port.isStill(file, entry)).toBe(false);
      expect(port.isStill(file, look(path))).toBe(true);
    });
  });

  it('is not what else has the same size and times', () => {
    const [path, other] = [join(folder, 'file'), join(folder, 'other')];
    for (const each of [path, other]) writeFileSync(each, 'content');
    for (const each of [path, other]) utimesSync(each, 1, 1);
    whileOpen(other, (file) => expect(port.isStill(file, look(path))).toBe(false));
    whileOpen(folder, (file) => expect(port.isStill(file, look(folder))).toBe(false));
  });

  it('has the permissions and the owner that it has, and no others', () => {
    const path = join(folder, 'file');
    writeFileSync(path, '');
    chmodSync(path, 0o4641);
    const { uid, gid } = lstatSync(path);
    whileOpen(path, (file) => {
      expect(port.isAlready(file, 0o4641, { uid, gid })).toBe(true);
      expect(port.isAlready(file, 0o4641, null)).toBe(true);
      expect(port.isAlready(file, 0o641, { uid, gid })).toBe(false);
      expect(port.isAlready(file, 0o4641, { uid: uid + 1, gid })).toBe(false);
      expect(port.isAlready(file, 0o4641, { uid, gid: gid + 1 })).toBe(false);
    });
    whileOpen(folder, (file) => expect(port.isAlready(file, 0o700, null)).toBe(false));
    whileOpen(path, (file) => expect(plainFileSystem().isAlready(file, 0o4641, null)).toBe(false));
  });

  it('is not looked at without the native library', () => {
    const path = join(folder, 'file');
    writeFileSync(path, '');
    whileOpen(path, (file) => expect(plainFileSystem().isStill(file, look(path))).toBe(false));
  });
});

/** Times of change are as coarse as the system's ticks, of 10 ms at most. */
function waitForNextTick(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25);
}

function whileOpen<T>(path: string | Buffer, work: (file: number) => T): T {
  const file = openSync(path, 'r');
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}

describe('without the native library', () => {
  it('falls back, says so once, and keeps times to the microsecond', async () => {
    const lines: string[] = [];
    const log: Log = {
      debug: () => undefined,
      info: () => undefined,
      warn: (event, facts) => lines.push(`${event} ${JSON.stringify(facts)}`),
    };
    const port = await chooseFileSystem(log, () => Promise.reject(new Error('no such library')));
    expect(port.exact).toBe(false);
    expect(lines).toHaveLength(process.platform === 'win32' ? 0 : 1);
    const file = join(folder, 'file');
    const link = join(folder, 'link');
    writeFileSync(file, '');
    symlinkSync(file, link);
    const before = times(file);
    port.setTimes(Buffer.from(link), 1_700_000_000_123_456_789n, -1_500_000_000n);
    const [atimeNs, mtimeNs] = times(link);
    expect(Number(atimeNs - 1_700_000_000_123_456_000n)).toBeGreaterThanOrEqual(-1000);
    expect(Number(atimeNs - 1_700_000_000_123_456_000n)).toBeLessThanOrEqual(1000);
    expect(mtimeNs).toBe(-1_500_000_000n);
    expect(times(file)).toEqual(before);
  });

  it('refuses what it cannot do', () => {
    const port = plainFileSystem();
    const path = Buffer.from(join(folder, 'x'));
    const refused = expect.objectContaining({ code: 'ENOSYS' });
    expect(() => {
      port.makeFifo(path, 0o600);
    }).toThrow(refused);
    expect(() => {
      port.makeDevice(path, 'block', 0o600, 1n);
    }).toThrow(refused);
    expect(port.extendedAttributes(path)).toEqual([]);
    expect(port.openFileAttributes(0, path)).toEqual([]);
  });

  it('knows the owners of the files', () => {
    const file = join(folder, 'passwd');
    writeFileSync(file, 'ann:x:7:7::/:/bin/sh\n# no\n:x:8:\nbob:x:7:7::\ncarl:x:nine:\ndora:x:10');
    expect([...readOwnerFile(file)]).toEqual([
      [7, 'ann'],
      [10, 'dora'],
    ]);
    expect([...readOwnerFile(join(folder, 'none'))]).toEqual([]);
    expect(readFileSync(file, 'utf8')).toContain('ann');
  });

  it('asks for each owner once', () => {
    const asked: number[] = [];
    const name = rememberNames((id) => {
      asked.push(id);
      return id === 1 ? 'one' : null;
    });
    expect([name(1), name(2), name(1), name(2)]).toEqual(['one', null, 'one', null]);
    expect(asked).toEqual([1, 2]);
  });
});
