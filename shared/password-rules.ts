/** What a password must be before it is measured for strength: NFC, no blanks at its ends, 12 to 256 characters. */
export const MIN_PASSWORD_LENGTH = 12;
export const MAX_PASSWORD_LENGTH = 256;

export type PasswordProblem = 'secret/too-short' | 'secret/too-long';

/** The form in which a new password is used. *Opening* tries the text as given first. */
export function normalizePassword(text: string): string {
  return text.normalize('NFC').trim();
}

/** null when there is nothing against it. Length counts characters, not bytes. */
export function passwordProblem(text: string): PasswordProblem | null {
  const { length } = Array.from(normalizePassword(text));
  if (length < MIN_PASSWORD_LENGTH) return 'secret/too-short';
  return length > MAX_PASSWORD_LENGTH ? 'secret/too-long' : null;
}
