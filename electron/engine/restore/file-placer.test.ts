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
import { link, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { FilePlacer } from './file-placer.ts';

const placer = new FilePlacer('restored 2026-11-23 14.02');
const undressed = () => undefined;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
const at = (name: string) => Buffer.from(join(folder, name));

function write(name: string, text: string, replace = false): Promise<Buffer | null> {
  return placer.file(
    { path: at(name), replace },
    async (file) => {
      await file.write(text);
      return true;
    },
    undressed,
  );
}

describe('placing a file', () => {
  it('shows nothing under its name before it is complete and dressed', async () => {
    const seen: string[][] = [];
    const path = await placer.file(
      { path: at('x'), replace: false },
      async (file) => {
        await file.write('half');
        seen.push(readdirSync(folder));
        return true;
      },
      (temporary) => {
        expect(readFileSync(temporary, 'utf8')).toBe('half');
        seen.push(readdirSync(folder));
      },
    );
    expect(seen.flat().every((name) => name.startsWith('.holdfast-'))).toBe(true);
    expect(path?.toString()).toBe(join(folder, 'x'));
    expect(readdirSync(folder)).toEqual(['x']);
  });

  it('never overwrites what has turned up meanwhile', async () => {
    writeFileSync(at('x.txt'), 'theirs');
    const path = await write('x.txt', 'restored');
    expect(path?.toString()).toBe(join(folder, 'x (restored 2026-11-23 14.02).txt'));
    expect(readFileSync(at('x.txt'), 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('replaces a link itself and not what it points to', async () => {
    writeFileSync(at('far'), 'far');
    symlinkSync('far', at('x'));
    await write('x', 'restored', true);
    expect(lstatSync(at('x')).isFile()).toBe(true);
    expect(readFileSync(at('far'), 'utf8')).toBe('far');
  });

  it('leaves nothing behind when it is refused, fails, or cannot take its name', async () => {
    const none = await placer.file(
      { path: at('x'), replace: false },
      () => Promise.resolve(false),
      undressed,
    );
    expect(none).toBeNull();
    await expect(
      placer.file(
        { path: at('x'), replace: false },
        () => Promise.reject(new Error('bad')),
        undressed,
      ),
    ).rejects.toThrow('bad');
    mkdirSync(at('dir'));
    writeFileSync(join(folder, 'dir', 'keep'), '');
    await expect(write('dir', 'x', true)).rejects.toHaveProperty('code');
    expect(readdirSync(folder)).toEqual(['dir']);
    expect(readdirSync(at('dir'))).toEqual(['keep']);
  });
});

describe('placing another entry', () => {
  it('makes links, also over an existing entry, and beside it', async () => {
    const make = (path: Buffer) => symlink('target', path);
    await placer.entry({ path: at('l'), replace: false }, make, undressed);
    writeFileSync(at('m'), 'old');
    await placer.entry({ path: at('m'), replace: true }, make, undressed);
    const beside = await placer.entry({ path: at('m'), replace: false }, make, undressed);
    expect(beside.toString()).toContain('m (restored ');
    expect(lstatSync(at('m')).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it('replaces another name of the same file without leaving a third', async () => {
    writeFileSync(at('a'), 'one');
    linkSync(at('a'), at('b'));
    await placer.entry({ path: at('b'), replace: true }, (path) => link(at('a'), path), undressed);
    expect(readdirSync(folder)).toEqual(['a', 'b']);
    expect(statSync(at('a')).nlink).toBe(2);
  });
});
