/** Judges a pattern before it is added to a plan. The engine reads patterns; this only catches what surely is a slip. */

export type PatternProblem = 'empty' | 'already' | 'matchesNothing' | 'remark' | 'notClosed';

/** null when the pattern can be added, in the form `tidyPattern` gives it. */
export function patternProblem(text: string, existing: readonly string[]): PatternProblem | null {
  const pattern = tidyPattern(text);
  if (pattern === '') return 'empty';
  if (existing.includes(pattern)) return 'already';
  if (pattern.startsWith('#')) return 'remark';
  if (hasOpenClass(pattern)) return 'notClosed';
  const names = pattern
    .replace(/^!/u, '')
    .split(/[/\\]/u)
    .filter((name) => name !== '' && name !== '.');
  return names.every((name) => name === '**') ? 'matchesNothing' : null;
}

export function tidyPattern(text: string): string {
  return text.trim();
}

/** A `[` without its `]`: the first `]` behind it, or behind `!` or `^`, is one of the class. */
function hasOpenClass(pattern: string): boolean {
  const whole = /\\.|\[(?:[!^]|(?![!^]))(?:\\.|[^\\])(?:\\.|[^\]\\])*\]/gu;
  return pattern.replaceAll(whole, '').includes('[');
}
