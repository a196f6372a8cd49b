import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparableText, PatternMatcher, patternProblem } from './exclude-patterns.ts';

function matcher(patterns: readonly string[], platform: NodeJS.Platform = 'linux') {
  const rules = patterns.map((pattern) => ({
    pattern,
    reason: { kind: 'pattern', pattern } as const,
  }));
  const compiled = new PatternMatcher(rules, platform);
  return {
    /** The pattern that leaves it out, or null. */
    leaving: (path: string | Buffer, isDirectory = false): string | null => {
      const text = comparableText(path.toString(), platform);
      const end = text.lastIndexOf('/') + 1;
      const folder = { pathTo: (name: string) => text.slice(0, end) + name, hasBeside: () => true };
      const reason = compiled.reasonFor(text.slice(end), isDirectory, folder);
      return reason?.kind === 'pattern' ? reason.pattern : null;
    },
  };
}

function matches(pattern: string, path: string, isDirectory = false): boolean {
  return matcher([pattern]).leaving(path, isDirectory) !== null;
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
    ['[ab].txt', '/a.txt', true],
    ['[!ab].txt', '/c.txt', true],
    ['[^ab].txt', '/a.txt', false],
    ['[]-]', '/]', true],
    ['[[:digit:]a-c]x', '/7x', true],
    ['[α-ω]', '/λ', true],
    ['\\[ab].txt', '/[ab].txt', true],
    ['\\#keep', '/#keep', true],
    ['\\!keep', '/!keep', true],
    ['a\\*b', '/a*b', true],
    ['a\\*b', '/axb', false],
    ['blank\\ ', '/blank ', true],
    ['blank  ', '/blank', true],
    ['#remark', '/#remark', false],
    ['[ab', '/[ab', false],
    ['ends\\', '/ends\\', false],
    ['*a*b*c', '/xaxbxabc', true],
    ['*ab*c', '/aabxabd', false],
    ['*.tar.gz', '/x.tar.gz', true],
    ['*.gz', '/x.tar.gz', true],
    ['log[0-9]/*x*y/z?', '/a/log7/bxxy/zz', true],
    ['a*b*c/d*e*f', '/x/abc/def', true],
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
    const rules = matcher(['C:\\Users\\Ann\\Temp', '*.TMP', 'a\\b', '\\#x', '*[Q-S]9'], 'win32');
    expect(rules.leaving('C:\\Users\\ann\\temp', true)).not.toBeNull();
    expect(rules.leaving('C:\\x.tmp')).toBe('*.TMP');
    expect(rules.leaving('C:\\a\\b')).not.toBeNull();
    expect(rules.leaving('C:\\b')).toBeNull();
    expect(rules.leaving('C:\\#X')).toBe('\\#x');
    expect(rules.leaving('C:\\xr9')).toBe('*[Q-S]9');
  });

  it('on macOS match a name in either form of its accents', () => {
    const rules = matcher(['Käse', 'Höhle/*'], 'darwin');
    expect(rules.leaving('/x/Käse'.normalize('NFD'))).toBe('Käse');
    expect(rules.leaving('/x/Höhle/y'.normalize('NFD'))).toBe('Höhle/*');
  });

  it('reach names that are not UTF-8 by a wildcard', () => {
    const path = Buffer.concat([Buffer.from('/x/a'), Buffer.from([0xff]), Buffer.from('.tmp')]);
    expect(matcher(['*.tmp']).leaving(path)).toBe('*.tmp');
    expect(matcher(['a?.t*']).leaving(path)).toBe('a?.t*');
  });

  it('take a name without signs literally, whatever is in it', () => {
    const name = fc
      .string({ minLength: 1, unit: 'binary' })
      .filter((text) => !/[*?/\0[\\]|^[#!]/u.test(text) && text.trim() === text && text !== '.')
      .filter((text) => Buffer.from(text).toString() === text);
    fc.assert(
      fc.property(name, (text) => {
        expect(matches(text, `/dir/${text}`)).toBe(true);
        expect(matches(text, `/dir/${text}x`)).toBe(false);
      }),
    );
  });
});

describe('an order of patterns', () => {
  it('lets the last one decide', () => {
    const rules = matcher(['*.log', '!keep.log', '/x/keep.log', 'k*', '!kind/']);
    expect(rules.leaving('/a/b.log')).toBe('*.log');
    expect(rules.leaving('/a/keep.log')).toBe('k*');
    expect(rules.leaving('/a/kind')).toBe('k*');
    expect(rules.leaving('/a/kind', true)).toBeNull();
    const kept = matcher(['*.log', '!keep.log', '/x/keep.log']);
    expect(kept.leaving('/a/keep.log')).toBeNull();
    expect(kept.leaving('/x/keep.log')).toBe('/x/keep.log');
  });

  it('knows of each pattern that cannot match why', () => {
    const problems = ['**', '/', '!', '[a', 'x\\', '# remark', '', '*.tmp', '!a'].map((pattern) =>
      patternProblem(pattern, 'linux'),
    );
    expect(problems).toEqual([
      'no-name',
      'no-name',
      'no-name',
      'broken',
      'broken',
      null,
      null,
      null,
      null,
    ]);
  });

  it('does not go back and forth in a pattern that invites it', () => {
    const name = 'a'.repeat(255);
    expect(matches(`${'*a'.repeat(60)}*b`, `/${name}`)).toBe(false);
    expect(matches(`${'*a'.repeat(60)}*`, `/${name}`)).toBe(true);
  });
});
