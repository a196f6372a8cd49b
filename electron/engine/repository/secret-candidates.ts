/** The byte strings that one typed or pasted secret can stand for, in the order in which they are tried. */
import { parseRecoveryKey } from '../../../shared/recovery-key.ts';

/**
 * First the bytes as given, then Unicode NFC, then, for a 64-digit key in any spelling, its lower-case digits.
 * Each byte string once; never empty unless `text` is.
 */
export function secretCandidates(text: string): Uint8Array[] {
  const parsed = parseRecoveryKey(text);
  const texts = [text, text.normalize('NFC'), ...(parsed.ok ? [parsed.key] : [])];
  return [...new Set(texts)].map((candidate) => new TextEncoder().encode(candidate));
}
