/** Six random words of the EFF long list: 77 bits, and a person can type them. */
import { randomInt } from 'node:crypto';
import { dictionary } from '@zxcvbn-ts/language-common';

const WORD_COUNT = 6;
/** The EFF long list as zxcvbn carries it, without hyphens: 7,776 different words (`word-suggestion.test.ts`). */
export const words: readonly string[] = dictionary['diceware-common'];

/** Words in lower case with one blank between them. */
export function suggestPassword(): string {
  return Array.from({ length: WORD_COUNT }, () => words[randomInt(words.length)] ?? '').join(' ');
}
