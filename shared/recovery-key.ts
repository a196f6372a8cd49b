/**
 * The 64-digit key: 32 random bytes as 64 lower-case hexadecimal digits, shown as 16 groups of four.
 * Entry takes either case, spaces, dashes and line breaks, and tells which group looks wrong.
 */
export const KEY_DIGITS = 64;
export const GROUP_DIGITS = 4;
export const GROUP_COUNT = KEY_DIGITS / GROUP_DIGITS;

export type KeyProblem =
  | { readonly kind: 'empty' }
  /** `group` counts from 1. */
  | { readonly kind: 'not-hexadecimal'; readonly group: number; readonly character: string }
  /** A group that was typed apart from its neighbours has too many or too few digits. */
  | { readonly kind: 'group-too-long'; readonly group: number }
  | { readonly kind: 'group-too-short'; readonly group: number }
  | { readonly kind: 'too-short'; readonly digits: number }
  | { readonly kind: 'too-long'; readonly digits: number };

export type ParsedKey =
  | { readonly ok: true; readonly key: string }
  | { readonly ok: false; readonly problem: KeyProblem };

const SEPARATORS = /[\s\u00a0\u2010-\u2015\-_:.]+/u;

/** Splits what was typed or pasted into groups and says what is wrong with it, if anything. */
export function parseRecoveryKey(text: string): ParsedKey {
  const pieces = text.split(SEPARATORS).filter((piece) => piece !== '');
  if (pieces.length === 0) return { ok: false, problem: { kind: 'empty' } };
  const joined = pieces.join('').toLowerCase();
  const digits = Array.from(joined);
  const bad = digits.findIndex((character) => !/^[0-9a-f]$/u.test(character));
  if (bad >= 0) {
    return { ok: false, problem: notHexadecimal(pieces, digits[bad] ?? '', bad) };
  }
  if (joined.length === KEY_DIGITS) return { ok: true, key: joined };
  // With one separator a group, the culprit is the group that has not four digits.
  if (pieces.length === GROUP_COUNT) {
    const group = pieces.findIndex((piece) => piece.length !== GROUP_DIGITS);
    const kind = (pieces[group]?.length ?? 0) > GROUP_DIGITS ? 'group-too-long' : 'group-too-short';
    return { ok: false, problem: { kind, group: group + 1 } };
  }
  const kind = joined.length < KEY_DIGITS ? 'too-short' : 'too-long';
  return { ok: false, problem: { kind, digits: joined.length } };
}

function notHexadecimal(pieces: readonly string[], character: string, index: number): KeyProblem {
  const typedInGroups = pieces.length === GROUP_COUNT;
  const group = typedInGroups
    ? pieces.findIndex((piece) => /[^0-9a-f]/iu.test(piece)) + 1
    : Math.min(Math.floor(index / GROUP_DIGITS) + 1, GROUP_COUNT);
  return { kind: 'not-hexadecimal', group, character };
}

/** The 16 groups of four, in order. */
export function groupsOf(key: string): string[] {
  return Array.from({ length: GROUP_COUNT }, (_, index) =>
    key.slice(index * GROUP_DIGITS, (index + 1) * GROUP_DIGITS),
  );
}

const MIN_DIGITS_OF_A_KEY = 40;

/** Whether a text is more likely a key with mistakes than a password: long, and nearly all of it hexadecimal. */
export function looksLikeKey(text: string): boolean {
  const characters = text.replaceAll(/[\s-]/gu, '');
  const digits = characters.replaceAll(/[^0-9a-f]/giu, '').length;
  return digits >= MIN_DIGITS_OF_A_KEY && digits >= characters.length * 0.9;
}
