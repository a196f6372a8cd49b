import { describe, expect, it } from 'vitest';
import { normalizePassword, passwordProblem } from './password-rules.ts';

describe('passwords', () => {
  it('are normalised', () => {
    expect(normalizePassword('  e\u0301 pass ')).toBe('\u00e9 pass');
  });

  it.each([
    ['elevenchars', 'secret/too-short'],
    ['  elevenchars  ', 'secret/too-short'],
    ['twelve chars', null],
    ['é'.repeat(12), null],
    ['😀'.repeat(256), null],
    ['x'.repeat(257), 'secret/too-long'],
  ])('%j: %s', (text, problem) => {
    expect(passwordProblem(text)).toBe(problem);
  });
});
