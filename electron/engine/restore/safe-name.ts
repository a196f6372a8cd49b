/**
 * Which names out of an archive may become names on this disk. An archive is foreign data: a name must never lead out of the folder that is
 * restored into (restic format notes, section 8).
 */
const windowsReserved = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?$/iu;

export function isSafeName(name: Buffer, platform: NodeJS.Platform = process.platform): boolean {
  if (name.length === 0 || name.includes(0) || name.includes(0x2f)) return false;
  if (name.equals(Buffer.from('.')) || name.equals(Buffer.from('..'))) return false;
  if (platform !== 'win32') return true;
  const text = name.toString('utf8');
  // A colon opens a stream of another file; dots and blanks at the end are cut off by Windows.
  return !/[\\:<>"|?*]|[. ]$/u.test(text) && !windowsReserved.test(text);
}
