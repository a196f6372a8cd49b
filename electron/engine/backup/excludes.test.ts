import { lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileExcludes, ExcludedPlaces } from './excludes.ts';

function matches(pattern: string, path: string, isDirectory = false): boolean {
  return compileExcludes([pattern], 'linux').matches(Buffer.from(path), isDirectory);
}

describe('patterns', () => {
  it.each([
    ['*.tmp', '/a/b/x.tmp', true],
    ['*.tmp', '/a/b/.tmp', true],
    ['*.tmp', '/a/b/x.tmp.txt', false],
    ['node_modules', '/a/node_modules', true],
    ['node_modules', '/a/my_node_modules', false],
    ['node_modules', '/a/node_modules/x', false],
    ['a?c', '/x/abc', true],
    ['a?c', '/x/a\u{1F600}c', true],
    ['a?c', '/x/ac', false],
    ['?', '/', false],
    ['cache/*.bin', '/h/cache/1.bin', true],
    ['cache/*.bin', '/h/cache/d/1.bin', false],
    ['cache/*.bin', '/h/xcache/1.bin', false],
    ['/home/ann/Downloads', '/home/ann/Downloads', true],
    ['/home/ann/Downloads', '/mnt/home/ann/Downloads', false],
    ['/home/*/Downloads', '/home/bob/Downloads', true],
    ['a/**/z', '/a/z', true],
    ['a/**/z', '/x/a/b/c/z', true],
    ['a/**/z', '/x/ab/z', false],
    ['**/z', '/q/z', true],
    ['a/**', '/a', false],
    ['a/**', '/a/b/c', true],
    ['/**/x.log', '/x.log', true],
    ['[ab].txt', '/[ab].txt', true],
    ['[ab].txt', '/a.txt', false],
    ['a.b', '/axb', false],
    ['line\nbreak', '/x/line\nbreak', true],
    ['*', '/with\nnewline', true],
    ['ABC', '/abc', false],
    ['', '/a', false],
    ['**', '/a', false],
    ['/', '/a', false],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(matches(pattern, path)).toBe(expected);
  });

  it('with a slash at the end match folders only', () => {
    expect(matches('build/', '/x/build', true)).toBe(true);
    expect(matches('build/', '/x/build', false)).toBe(false);
  });

  it('on Windows know backslashes and no case', () => {
    const rules = compileExcludes(['C:\\Users\\Ann\\Temp', '*.TMP', 'a\\b'], 'win32');
    expect(rules.matches(Buffer.from('C:\\Users\\ann\\temp'), true)).toBe(true);
    expect(rules.matches(Buffer.from('C:\\x.tmp'), false)).toBe(true);
    expect(rules.matches(Buffer.from('C:\\a\\b'), false)).toBe(true);
    expect(rules.matches(Buffer.from('C:\\b'), false)).toBe(false);
  });

  it('on macOS match a name in either form of its accents', () => {
    const rules = compileExcludes(['Käse'], 'darwin');
    expect(rules.matches(Buffer.from('/x/Käse'.normalize('NFD')), false)).toBe(true);
  });

  it('reach names that are not UTF-8 by a wildcard', () => {
    const path = Buffer.concat([Buffer.from('/x/a'), Buffer.from([0xff]), Buffer.from('.tmp')]);
    expect(compileExcludes(['*.tmp'], 'linux').matches(path, false)).toBe(true);
  });

  it('take a name without wildcards literally, whatever is in it', () => {
    const name = fc
      .string({ minLength: 1, unit: 'binary' })
      .filter((text) => !/[*?/\0]/u.test(text) && text.trim() === text && text !== '.')
      .filter((text) => Buffer.from(text).toString() === text);
    fc.assert(
      fc.property(name, (text) => {
        expect(matches(text, `/dir/${text}`)).toBe(true);
        expect(matches(text, `/dir/${text}x`)).toBe(false);
      }),
    );
  });
});

describe('excluded places', () => {
  it('are found by path, also when they do not exist, and through a link', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-places-'));
    try {
      mkdirSync(join(folder, 'real', 'repo'), { recursive: true });
      mkdirSync(join(folder, 'other'));
      writeFileSync(join(folder, 'later'), '');
      symlinkSync(join(folder, 'real'), join(folder, 'link'));
      const places = await ExcludedPlaces.locate([
        { path: join(folder, 'link', 'repo'), reason: 'destination-inside-source' },
        { path: join(folder, 'not-yet', '..', 'later'), reason: 'cache-inside-source' },
      ]);
      const ask = (name: string) => {
        const path = join(folder, name);
        return places.reasonFor(Buffer.from(path), lstatSync(path, { bigint: true }));
      };
      expect(ask('real/repo')).toBe('destination-inside-source');
      expect(ask('later')).toBe('cache-inside-source');
      expect(ask('other')).toBeNull();
      expect(ask('real')).toBeNull();
      expect(ask('link')).toBeNull();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
