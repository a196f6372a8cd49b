import { describe, expect, it } from 'vitest';
import { patternProblem, tidyPattern } from './exclude-patterns.ts';

describe('a pattern of what is left out', () => {
  it.each([
    ['*.tmp', null],
    ['  node_modules ', null],
    ['build/', null],
    ['/home/ann/Downloads', null],
    ['*', null],
    ['', 'empty'],
    ['   ', 'empty'],
    ['/', 'matchesNothing'],
    ['**', 'matchesNothing'],
    ['./**/', 'matchesNothing'],
    [' *.bak', 'already'],
    ['[ab]*', null],
    ['[]a]', null],
    ['[!]]x', null],
    ['\\[a', null],
    ['[a', 'notClosed'],
    ['x/[]', 'notClosed'],
    ['[!]', 'notClosed'],
    ['[a\\]', 'notClosed'],
    ['#recycle', 'remark'],
    ['\\#recycle', null],
    ['!', 'matchesNothing'],
    ['!keep', null],
  ])('%j: %s', (text, problem) => {
    expect(patternProblem(text, ['*.bak'])).toBe(problem);
  });

  it('is stored without blanks around it', () => {
    expect(tidyPattern(' *.tmp ')).toBe('*.tmp');
  });
});
