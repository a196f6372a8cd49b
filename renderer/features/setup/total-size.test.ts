import { describe, expect, it } from 'vitest';
import type { ChosenFolder } from './setup-choices.ts';
import { holderOf, totalSize } from './total-size.ts';
import type { Measure } from './use-measures.ts';

const folder = (path: string, checked = true): ChosenFolder => ({
  grant: `grant-of-${path}`,
  path,
  name: path,
  checked,
});
const measure = (bytes: number, done = true): Measure => ({ files: 1, bytes, unreadable: 0, done });
const measures = (entries: Readonly<Record<string, Measure>>) =>
  new Map(Object.entries(entries).map(([path, value]) => [`grant-of-${path}`, value]));

describe('totalSize', () => {
  it('adds up what is chosen', () => {
    const folders = [folder('/a'), folder('/b'), folder('/c', false)];
    const known = measures({ '/a': measure(1), '/b': measure(2), '/c': measure(4) });
    expect(totalSize(folders, known)).toEqual({ bytes: 3, isFinal: true });
  });

  it('says when counting still goes on', () => {
    const folders = [folder('/a'), folder('/b')];
    expect(totalSize(folders, measures({ '/a': measure(1) }))).toEqual({
      bytes: 1,
      isFinal: false,
    });
    const known = measures({ '/a': measure(1), '/b': measure(2, false) });
    expect(totalSize(folders, known).isFinal).toBe(false);
  });

  it('counts a folder inside another chosen one once', () => {
    const folders = [folder('/home/anna'), folder('/home/anna/Documents'), folder('/home/anna2')];
    const known = measures({
      '/home/anna': measure(10),
      '/home/anna/Documents': measure(3),
      '/home/anna2': measure(100),
    });
    expect(totalSize(folders, known).bytes).toBe(110);
    expect(holderOf(folder('C:\\Users\\anna\\x'), [folder('C:\\Users\\anna')])?.path).toBe(
      'C:\\Users\\anna',
    );
    expect(holderOf(folder('/home'), [folder('/')])?.path).toBe('/');
    expect(holderOf(folder('/home'), [folder('/', false)])).toBeNull();
  });
});
