/** One of everything that a file system holds (Linux, root): beyond `makeOddTree`, what is rare, at its limit, or not content. */
import {
  chmodSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinPath } from '../native/path-bytes.ts';
import { systemCode } from '../native/system-failure.ts';
import { testFileSystem } from './engine-means.ts';
import { makeOddTree, randomBytesFor } from './file-tree.ts';

const MIB = 1024 * 1024;
const MAX_NAME = 255;
const MAX_TARGET = 4095;
const port = testFileSystem();

/** <linux/posix_acl_xattr.h>: version 2, then tag, permissions and id of each entry. Root may do all, user 65534 read, all others as the mask says. */
const ACL = acl([
  [0x01, 7, 0xffffffff],
  [0x02, 4, 65_534],
  [0x04, 5, 0xffffffff],
  [0x08, 6, 12],
  [0x10, 7, 0xffffffff],
  [0x20, 0, 0xffffffff],
]);
/** <linux/capability.h>: revision 2, effective, CAP_NET_RAW. */
const CAPABILITY = Buffer.from([1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

function acl(
  entries: readonly (readonly [tag: number, permissions: number, id: number])[],
): Buffer {
  const bytes = Buffer.alloc(4 + 8 * entries.length);
  bytes.writeUInt32LE(2);
  entries.forEach(([tag, permissions, id], at) => {
    bytes.writeUInt16LE(tag, 4 + 8 * at);
    bytes.writeUInt16LE(permissions, 6 + 8 * at);
    bytes.writeUInt32LE(id, 8 + 8 * at);
  });
  return bytes;
}

/** Why it cannot be made in the system's temporary folder; null when it can. */
export function reasonForNoZoo(): string | null {
  if (process.platform !== 'linux') return 'only Linux has all of it';
  if (process.getuid?.() !== 0) return 'only root can make all of it';
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-zoo-'));
  try {
    attributes(join(folder, 'attributes'));
    return null;
  } catch (error) {
    return `the file system of ${tmpdir()} has no such attributes (${systemCode(error) ?? String(error)})`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `folder` is there. */
export function makeZoo(folder: string): void {
  const at = (...names: string[]): string => join(folder, ...names);
  mkdirSync(at('tree'));
  makeOddTree(at('tree'));
  modes(at('modes'));
  names(at('names'));
  links(at('links'));
  attributes(at('attributes'));
  makeSparse(at('sparse'));
  mkdirSync(at('special'));
  port.makeFifo(Buffer.from(at('special', 'fifo')), 0o604);
  port.makeDevice(Buffer.from(at('special', 'character')), 'character', 0o620, 0x8_8001n);
  port.makeDevice(Buffer.from(at('special', 'block')), 'block', 0o660, 0x700n);
  times(at('times'));
}

function modes(folder: string): void {
  mkdirSync(folder);
  for (const mode of [0o0, 0o444, 0o4711, 0o2711, 0o6755, 0o1777, 0o7000]) {
    const file = join(folder, `file ${mode.toString(8)}`);
    writeFileSync(file, 'x');
    lchownSync(file, 65_534, 100_000);
    chmodSync(file, mode);
    const below = join(folder, `folder ${mode.toString(8)}`);
    mkdirSync(below);
    writeFileSync(join(below, 'in it'), 'y');
    lchownSync(below, 4_000_000_000, 12);
    chmodSync(below, mode);
  }
}

function names(folder: string): void {
  mkdirSync(folder);
  const all = [
    Buffer.alloc(MAX_NAME, 'x'),
    Buffer.alloc(MAX_NAME, 0xfe),
    Buffer.from('é'.repeat(127)),
    Buffer.from('e\u0301 and \u00e9'),
    Buffer.from([0x80]),
    Buffer.from([0xed, 0xa0, 0x80]),
    Buffer.from([1, 2, 3, 0x7f]),
    Buffer.from('\\x41\\u0041'),
    Buffer.from('...'),
    Buffer.from('~'),
    Buffer.from('C:'),
    Buffer.from('CON'),
  ];
  for (const name of all) {
    writeFileSync(joinPath(Buffer.from(folder), name), name);
  }
  mkdirSync(joinPath(Buffer.from(folder), Buffer.from([0xff, 0x2f - 1])));
}

function links(folder: string): void {
  mkdirSync(folder);
  symlinkSync('itself', join(folder, 'itself'));
  symlinkSync('nowhere', join(folder, 'dangling'));
  symlinkSync('/', join(folder, 'absolute'));
  symlinkSync('x'.repeat(MAX_TARGET), join(folder, 'long'));
  writeFileSync(join(folder, 'a'), 'hard');
  for (const name of ['b', 'c']) linkSync(join(folder, 'a'), join(folder, name));
  linkSync(join(folder, 'dangling'), join(folder, 'dangling too'));
  lchownSync(join(folder, 'dangling'), 65_534, 12);
}

function attributes(folder: string): void {
  mkdirSync(folder);
  const set = (name: string, values: Readonly<Record<string, Buffer>>): void => {
    for (const [attribute, value] of Object.entries(values)) {
      port.setExtendedAttribute(Buffer.from(join(folder, name)), { name: attribute, value });
    }
  };
  for (const name of ['user', 'capable', 'trusted', 'acl']) writeFileSync(join(folder, name), name);
  mkdirSync(join(folder, 'folder'));
  set('user', {
    'user.empty': Buffer.alloc(0),
    'user.bytes': Buffer.from([0, 255, 10, 0xc3]),
    'user.large': randomBytesFor('attribute', 2000),
    'user.Ümlaut': Buffer.from('ü'),
  });
  set('capable', { 'security.capability': CAPABILITY });
  set('trusted', { 'trusted.holdfast': Buffer.from('only root sees it') });
  set('acl', { 'system.posix_acl_access': ACL });
  set('folder', {
    'system.posix_acl_access': ACL,
    'system.posix_acl_default': ACL,
    'user.of a folder': Buffer.from('too'),
  });
}

/** Names of what `makeSparse` makes. */
export const SPARSE = ['all hole', 'hole first', 'hole last', 'holes between'];

export function makeSparse(folder: string): void {
  mkdirSync(folder);
  const make = (name: string, sizeBytes: number, parts: readonly number[]): void => {
    const path = join(folder, name);
    const file = openSync(path, 'w');
    for (const part of parts)
      writeSync(file, randomBytesFor(`${name} ${part}`, 5000), 0, 5000, part);
    closeSync(file);
    truncateSync(path, sizeBytes);
  };
  make('all hole', 20 * MIB, []);
  make('hole first', 8 * MIB, [8 * MIB - 5000]);
  make('hole last', 8 * MIB, [0]);
  make('holes between', 16 * MIB, [MIB, 7 * MIB + 123, 12 * MIB]);
}

function times(folder: string): void {
  mkdirSync(folder);
  // ext4 keeps times from 1901 to 2446.
  for (const ns of [0n, 1n, -1n, -2_000_000_000_000_000_001n, 4_102_444_800_123_456_789n]) {
    const path = join(folder, String(ns));
    if (ns === 0n) mkdirSync(path);
    else writeFileSync(path, '');
    port.setTimes(Buffer.from(path), ns, ns);
  }
}

/** `path: name=value in hex` of each extended attribute; those of links are not archived, as in restic 0.14. */
export function describeAttributes(folder: string | Buffer): string[] {
  const lines: string[] = [];
  const visit = (path: Buffer, shown: string): void => {
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) return;
    const all = port
      .extendedAttributes(path)
      .map(({ name, value }) => `${name}=${value.toString('hex')}`);
    for (const one of all.toSorted()) lines.push(`${shown}: ${one}`);
    if (!stat.isDirectory()) return;
    const below = readdirSync(path, { encoding: 'buffer' }).sort((a, b) => Buffer.compare(a, b));
    for (const name of below) visit(joinPath(path, name), `${shown}/${name.toString('latin1')}`);
  };
  visit(Buffer.from(folder), '');
  return lines;
}
