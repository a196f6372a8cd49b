/** Judges a pattern before it is added to a plan. The engine reads patterns; this only catches what surely is a slip. */

export type PatternProblem = 'empty' | 'already' | 'matchesNothing';

/** null when the pattern can be added, in the form `tidyPattern` gives it. */
export function patternProblem(text: string, existing: readonly string[]): PatternProblem | null {
  const pattern = tidyPattern(text);
  if (pattern === '') return 'empty';
  if (existing.includes(pattern)) return 'already';
  const names = pattern.split(/[/\\]/u).filter((name) => name !== '' && name !== '.');
  return names.every((name) => name === '**') ? 'matchesNothing' : null;
}

export function tidyPattern(text: string): string {
  return text.trim();
}
