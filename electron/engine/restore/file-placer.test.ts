import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { testFileSystem } from '../testing/engine-means.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { FilePlacer } from './file-placer.ts';

const STAMP = 'restored 2026-11-23 14.02';
const placer = new FilePlacer(STAMP, testFileSystem());
const undressed = () => undefined;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
const at = (name: string) => Buffer.from(join(folder, name));

function write(name: string, text: string, replace = false, by = placer): Buffer | null {
  return by.file(
    { path: at(name), replace },
    (file) => {
      file.write(Buffer.from(text), 0);
      return text.length;
    },
    undressed,
  );
}

describe('placing a file', () => {
  it('shows nothing under its name before it is complete and dressed', () => {
    const seen: string[][] = [];
    const path = placer.file(
      { path: at('x'), replace: false },
      (file) => {
        file.write(Buffer.from('half'), 0);
        seen.push(readdirSync(folder));
        return 4;
      },
      ({ temporary }) => {
        expect(readFileSync(temporary, 'utf8')).toBe('half');
        seen.push(readdirSync(folder));
      },
    );
    expect(seen.flat().every((name) => name.startsWith('.holdfast-'))).toBe(true);
    expect(path?.toString()).toBe(join(folder, 'x'));
    expect(readdirSync(folder)).toEqual(['x']);
  });

  it('never overwrites what has turned up meanwhile', () => {
    writeFileSync(at('x.txt'), 'theirs');
    const path = write('x.txt', 'restored');
    expect(path?.toString()).toBe(join(folder, 'x (restored 2026-11-23 14.02).txt'));
    expect(readFileSync(at('x.txt'), 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('does the same where the system has no rename that refuses to overwrite', () => {
    const plain = new FilePlacer(STAMP, { renameToFree: () => false });
    writeFileSync(at('x.txt'), 'theirs');
    const path = write('x.txt', 'restored', false, plain);
    expect(path?.toString()).toBe(join(folder, 'x (restored 2026-11-23 14.02).txt'));
    expect(readFileSync(at('x.txt'), 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('leaves holes where there are long runs of zeros, and only there', () => {
    const bytes = Buffer.alloc(3_000_000);
    bytes.fill(1, 0, 10);
    bytes.fill(2, 1_000_000, 1_000_010);
    const path = placer.file(
      { path: at('x'), replace: false },
      (file) => {
        file.write(bytes.subarray(0, 777_777), 0);
        file.write(bytes.subarray(777_777, 2_000_000), 777_777);
        return bytes.length;
      },
      undressed,
    );
    expect(readFileSync(path ?? '').equals(bytes)).toBe(true);
    // Two written places, each of a block or two.
    expect(statSync(path ?? '').blocks * 512).toBeLessThanOrEqual(4 * 4096);
  });

  it('replaces a link itself and not what it points to', () => {
    writeFileSync(at('far'), 'far');
    symlinkSync('far', at('x'));
    write('x', 'restored', true);
    expect(lstatSync(at('x')).isFile()).toBe(true);
    expect(readFileSync(at('far'), 'utf8')).toBe('far');
  });

  it('leaves nothing behind when it is refused, fails, or cannot take its name', () => {
    const none = placer.file({ path: at('x'), replace: false }, () => null, undressed);
    expect(none).toBeNull();
    expect(() =>
      placer.file(
        { path: at('x'), replace: false },
        () => {
          throw new Error('bad');
        },
        undressed,
      ),
    ).toThrow('bad');
    mkdirSync(at('dir'));
    writeFileSync(join(folder, 'dir', 'keep'), '');
    expect(() => write('dir', 'x', true)).toThrow(/EISDIR|ENOTEMPTY|EEXIST/u);
    expect(readdirSync(folder)).toEqual(['dir']);
    expect(readdirSync(at('dir'))).toEqual(['keep']);
  });
});

describe('placing another entry', () => {
  it('makes links, also over an existing entry, and beside it', () => {
    const make = (path: Buffer) => symlinkSync('target', path);
    placer.entry({ path: at('l'), replace: false }, make, undressed);
    writeFileSync(at('m'), 'old');
    placer.entry({ path: at('m'), replace: true }, make, undressed);
    const beside = placer.entry({ path: at('m'), replace: false }, make, undressed);
    expect(beside.toString()).toContain('m (restored ');
    expect(lstatSync(at('m')).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it('replaces another name of the same file without leaving a third', () => {
    writeFileSync(at('a'), 'one');
    linkSync(at('a'), at('b'));
    placer.entry({ path: at('b'), replace: true }, (path) => linkSync(at('a'), path), undressed);
    expect(readdirSync(folder)).toEqual(['a', 'b']);
    expect(statSync(at('a')).nlink).toBe(2);
  });
});
