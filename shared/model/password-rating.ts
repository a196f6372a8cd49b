/** What the app says about a new password while it is typed. */
import { z } from 'zod';

/** zxcvbn's reasons why a password is guessed quickly. */
export const passwordWarningSchema = z.enum([
  'straightRow',
  'keyPattern',
  'simpleRepeat',
  'extendedRepeat',
  'sequences',
  'recentYears',
  'dates',
  'topTen',
  'topHundred',
  'common',
  'similarToCommon',
  'wordByItself',
  'namesByThemselves',
  'commonNames',
  'userInputs',
]);

export const passwordAdviceSchema = z.enum([
  'l33t',
  'reverseWords',
  'allUppercase',
  'capitalization',
  'dates',
  'recentYears',
  'associatedYears',
  'sequences',
  'repeated',
  'longerKeyboardPattern',
  'anotherWord',
  'useWords',
  'noNeed',
]);

export const passwordRatingSchema = z.object({
  /** zxcvbn's, 0 to 4. */
  score: z.number().int().min(0).max(4),
  guessesLog10: z.number(),
  warning: passwordWarningSchema.nullable(),
  advice: z.array(passwordAdviceSchema),
  /** Why it is not accepted; null when it is. */
  problem: z.enum(['secret/too-short', 'secret/too-long', 'secret/too-weak']).nullable(),
});
export type PasswordRating = z.infer<typeof passwordRatingSchema>;
