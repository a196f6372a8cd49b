/** A place as one word of a command that is printed for a person to type or paste. */

const WINDOWS_PATH = /^(?:[A-Za-z]:[\\/]|\\\\)/u;

/**
 * In single quotes, within which a Unix shell and PowerShell read everything as it stands; an apostrophe leaves them for a moment. Paths of
 * Windows in double quotes, which its command prompt takes as well: they cannot hold one.
 */
export function shellWord(place: string): string {
  if (WINDOWS_PATH.test(place)) return `"${place}"`;
  return `'${place.replaceAll("'", String.raw`'\''`)}'`;
}
