/** Makes trees with everything that a backup must keep, and compares two of them entry by entry. */
import { execFileSync } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import {
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { joinPath } from '../native/path-bytes.ts';
import { testFileSystem } from './engine-means.ts';

/** Pseudo-random bytes, the same for the same seed. */
export function randomBytesFor(seed: string, length: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

export interface TreeOptions {
  readonly bigFileBytes?: number;
  readonly smallFiles?: number;
}

/** Links, hard links, odd names, modes, fifos, times to the nanosecond; attributes and owners where allowed. */
export function makeOddTree(
  folder: string,
  { bigFileBytes = 3_000_000, smallFiles = 50 }: TreeOptions = {},
): void {
  const at = (...names: string[]): string => join(folder, ...names);
  mkdirSync(at('docs', 'deep', 'deeper'), { recursive: true });
  mkdirSync(at('empty-dir'), { mode: 0o700 });
  mkdirSync(at('many'));
  writeFileSync(at('docs', 'hello.txt'), 'hello\n');
  writeFileSync(at('docs', 'empty'), '');
  writeFileSync(at('docs', 'deep', 'deeper', 'x'), 'x');
  writeFileSync(at('docs', 'hard-a'), 'the same file\n');
  linkSync(at('docs', 'hard-a'), at('docs', 'hard-b'));
  linkSync(at('docs', 'hard-a'), at('many', 'hard-c'));
  writeFileSync(at('run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(at('secret'), 'only me', { mode: 0o600 });
  writeFileSync(at('twin-1'), 'equal content');
  writeFileSync(at('twin-2'), 'equal content');
  symlinkSync('docs/hello.txt', at('link'));
  symlinkSync('../nowhere/at all', at('dangling'));
  symlinkSync('docs', at('link-to-dir'));
  const odd = [
    Buffer.from('Grüße \u{1F600} 日本'),
    Buffer.from('new\nline'),
    Buffer.from('quote"back\\slash'),
    Buffer.from(' lead and trail '),
    Buffer.from('-rf'),
    Buffer.from('\u202eabc'),
    Buffer.from('\ufeffbom'),
    Buffer.from([0x69, 0xff, 0xfe, 0x2e, 0x62]),
    Buffer.from([0xc3]),
    Buffer.from('<&>'),
    Buffer.from('x'.repeat(255)),
  ];
  mkdirSync(at('names'));
  for (const name of odd) writeFileSync(joinPath(Buffer.from(at('names')), name), name);
  symlinkSync(Buffer.from([0x74, 0xc3, 0xa4]), at('names', 'link to utf8'));
  const file = openSync(at('big.bin'), 'w');
  const piece = 1024 * 1024;
  for (let start = 0; start < bigFileBytes; start += piece) {
    writeSync(file, randomBytesFor(`big ${start}`, Math.min(piece, bigFileBytes - start)));
  }
  closeSync(file);
  for (let index = 0; index < smallFiles; index += 1) {
    const group = at('many', String(index % 20));
    if (index < 20) mkdirSync(group);
    writeFileSync(join(group, `file-${index}.txt`), `content ${index} ${'z'.repeat(index % 500)}`);
  }
  const port = testFileSystem();
  port.makeFifo(Buffer.from(at('pipe')), 0o640);
  if (process.getuid?.() === 0) {
    execFileSync('chown', ['-h', '65534:12', at('secret'), at('link')]);
    execFileSync('chmod', ['4755', at('run.sh')]);
    execFileSync('chmod', ['2775', at('docs')]);
    execFileSync('chmod', ['1777', at('many')]);
    port.makeDevice(Buffer.from(at('null')), 'character', 0o666, 0x103n);
  }
  const times: [string, bigint][] = [
    ['docs/hello.txt', 1_234_567_890_123_456_789n],
    ['link', 1_111_111_111_000_000_001n],
    ['pipe', 999_999_999_999_999_999n],
    ['run.sh', -5_000_000_001n],
    ['docs/deep', 1_700_000_000_000_000_100n],
    ['empty-dir', 1_600_000_000_123_000_000n],
  ];
  for (const [name, ns] of times) port.setTimes(Buffer.from(at(name)), ns, ns);
}

/**
 * One line an entry, sorted by name: type, permissions, owner, size, time, hash, link target and hard-link group. Two
 * trees are the same when their lines are.
 */
export function describeTree(
  folder: string | Buffer,
  options: { readonly rootTime?: boolean } = {},
): string[] {
  const root = Buffer.isBuffer(folder) ? folder : Buffer.from(folder);
  const lines: string[] = [];
  const groups = new Map<bigint, number>();
  const visit = (path: Buffer, shown: string): void => {
    const stat = lstatSync(path, { bigint: true });
    const facts = [
      shown,
      (stat.mode & 0o7777777n).toString(8),
      `${stat.uid}:${stat.gid}`,
      shown === '' && options.rootTime === false ? '' : String(stat.mtimeNs),
    ];
    if (stat.isFile()) {
      facts.push(String(stat.size), hashFile(path));
      if (stat.nlink > 1n) {
        if (!groups.has(stat.ino)) groups.set(stat.ino, groups.size);
        facts.push(`links ${stat.nlink} group ${String(groups.get(stat.ino))}`);
      }
    }
    if (stat.isSymbolicLink())
      facts.push(readlinkSync(path, { encoding: 'buffer' }).toString('hex'));
    if (stat.isCharacterDevice() || stat.isBlockDevice()) facts.push(String(stat.rdev));
    lines.push(facts.join(' | '));
    if (!stat.isDirectory()) return;
    const names = readdirSync(path, { encoding: 'buffer' }).sort((a, b) => Buffer.compare(a, b));
    for (const name of names) visit(joinPath(path, name), `${shown}/${name.toString('latin1')}`);
  };
  visit(root, '');
  return lines;
}

function hashFile(path: Buffer): string {
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  const piece = Buffer.alloc(1024 * 1024);
  for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) {
    hash.update(piece.subarray(0, read));
  }
  closeSync(file);
  return hash.digest('hex');
}
