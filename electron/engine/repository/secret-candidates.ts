/** The byte strings that one typed or pasted secret can stand for, in the order in which they are tried. */
import { normalizePassword } from '../../../shared/password-rules.ts';
import { parseRecoveryKey } from '../../../shared/recovery-key.ts';

/**
 * First the bytes as given, then Unicode NFC, then, for a 64-digit key in any spelling, its lower-case digits, at last without blanks at its
 * ends.
 * Each byte string once; never empty unless `text` is.
 */
export function secretCandidates(text: string): Uint8Array[] {
  const parsed = parseRecoveryKey(text);
  const texts = [
    text,
    text.normalize('NFC'),
    ...(parsed.ok ? [parsed.key] : []),
    // As new passwords are stored: a blank at an end is a slip of whoever copied it.
    normalizePassword(text),
  ].filter((candidate) => candidate !== '');
  return [...new Set(texts)].map((candidate) => new TextEncoder().encode(candidate));
}
