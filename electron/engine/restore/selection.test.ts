import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectionOf } from './selection.ts';

const split = (path: string): Buffer[] =>
  path
    .split('/')
    .filter((name) => name !== '')
    .map((name) => Buffer.from(name));

function chosen(included: string[], excluded: string[], path: string): boolean {
  let at: ReturnType<typeof selectionOf> | null = selectionOf(
    included.map(split),
    excluded.map(split),
  );
  for (const name of split(path)) at = at?.child(name) ?? null;
  return at?.included ?? false;
}

describe('a selection', () => {
  it.each([
    ['/a', true],
    ['/a/x', true],
    ['/a/b', false],
    ['/a/b/y', false],
    ['/a/b/c', true],
    ['/a/b/c/z', true],
    ['/d', false],
    ['/', false],
  ])('%s: %s', (path, expected) => {
    expect(chosen(['/a', '/a/b/c'], ['/a/b'], path)).toBe(expected);
  });

  it('of everything but one folder', () => {
    expect(chosen(['/'], ['/b'], '/a/c')).toBe(true);
    expect(chosen(['/'], ['/b'], '/b/c')).toBe(false);
    expect(selectionOf([[]], [split('/b')]).child(Buffer.from('b'))).toBeNull();
  });

  it('follows the nearest place, whatever the lists are', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b'), { maxLength: 4 })
      .map((names) => `/${names.join('/')}`);
    fc.assert(
      fc.property(
        fc.array(path, { maxLength: 5 }),
        fc.array(path, { maxLength: 5 }),
        path,
        (yes, no, entry) => {
          let nearest = false;
          const names = split(entry).map(String);
          for (let length = 0; length <= names.length; length += 1) {
            const at = `/${names.slice(0, length).join('/')}`;
            if (yes.includes(at)) nearest = true;
            else if (no.includes(at)) nearest = false;
          }
          expect(chosen(yes, no, entry)).toBe(nearest);
        },
      ),
    );
  });
});
