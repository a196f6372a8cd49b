import { describe, expect, it } from 'vitest';
import { errorCatalog, fillIn } from './error-catalog.ts';
import { errorCodes } from './errors.ts';

describe('the error catalog', () => {
  it.each(errorCodes)('says for %s what happened, what it means and what to do', (code) => {
    const entry = errorCatalog[code];
    for (const sentence of [entry.meaning, entry.advice]) {
      expect(sentence).toMatch(/^[A-Z{].*[.:}]$/su);
    }
    expect(entry.title).not.toMatch(/\.$/u);
    expect(entry.title.length).toBeGreaterThan(5);
  });

  it('has no entry that no code leads to', () => {
    expect(Object.keys(errorCatalog).toSorted()).toEqual([...errorCodes].toSorted());
  });
});

describe('fillIn', () => {
  it('fills facts in and leaves out what is not known', () => {
    expect(fillIn('Connect {{path}}, then try.', { path: '/mnt/a' })).toBe(
      'Connect /mnt/a, then try.',
    );
    expect(fillIn('Connect {{path}}, then try.', {})).toBe('Connect, then try.');
  });
});
