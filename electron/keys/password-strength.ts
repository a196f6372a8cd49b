/**
 * How hard a new password is to guess, and what would make it better. Whoever holds the storage can guess for ever, so a password must be
 * strong enough for that. Pure and synchronous; the dictionaries take a tenth of a second to load, so import this when it is needed.
 */
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import * as common from '@zxcvbn-ts/language-common';
import * as english from '@zxcvbn-ts/language-en';
import {
  MAX_PASSWORD_LENGTH,
  normalizePassword,
  passwordProblem,
} from '../../shared/password-rules.ts';
import {
  passwordAdviceSchema,
  passwordWarningSchema,
  type PasswordRating,
} from '../../shared/model/password-rating.ts';
import { germanDictionary } from './german-words.ts';

/** The least number of guesses that is accepted, beside zxcvbn's best score. */
export const MIN_GUESSES = 1e12;
const BEST_SCORE = 4;

const estimator = new ZxcvbnFactory({
  // All languages of Holdfast, whatever the window's: a person's words are not those of their computer's language.
  dictionary: { ...common.dictionary, ...english.dictionary, ...germanDictionary },
  graphs: common.adjacencyGraphs,
  maxLength: MAX_PASSWORD_LENGTH,
});

/** `known`: words that whoever guesses would try first, such as the names of the person and the computer. */
export function ratePassword(text: string, known: readonly string[] = []): PasswordRating {
  const password = Array.from(normalizePassword(text)).slice(0, MAX_PASSWORD_LENGTH).join('');
  const { score, guesses, feedback } = estimator.check(password, [...known]);
  const problem =
    passwordProblem(text) ??
    (score >= BEST_SCORE && guesses >= MIN_GUESSES ? null : ('secret/too-weak' as const));
  return {
    score,
    guessesLog10: Math.log10(Math.max(guesses, 1)),
    warning: passwordWarningSchema.safeParse(feedback.warning).data ?? null,
    advice: feedback.suggestions.flatMap(
      (suggestion) => passwordAdviceSchema.safeParse(suggestion).data ?? [],
    ),
    problem,
  };
}
