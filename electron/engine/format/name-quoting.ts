/**
 * Names in trees are bytes, written as Go's `strconv.Quote` does without the outer quotes (restic format notes, section 8). Quoting then
 * unquoting returns the same bytes, whether they are valid UTF-8 or not.
 */
import { invalid } from './go-json.ts';

const shortEscapes = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);
const shortUnescapes = new Map([...shortEscapes].map(([byte, escape]) => [escape.charAt(1), byte]));

/** Go's notion. The table is Node's and may know newer characters than an old restic: such names only cost identical tree ids. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const PLAIN_ASCII = /^[ !#-[\]-~]*$/u;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function quoteName(name: Buffer): string {
  const ascii = name.toString('latin1');
  if (PLAIN_ASCII.test(ascii)) return ascii;
  let quoted = '';
  for (let at = 0; at < name.length;) {
    const width = characterWidth(name, at);
    quoted +=
      width === 0 ? hexEscape(name[at] ?? 0) : quoteCharacter(name.subarray(at, at + width));
    at += Math.max(width, 1);
  }
  return quoted;
}

/** How many bytes the valid UTF-8 character at `at` has, 0 when there is none. */
function characterWidth(name: Buffer, at: number): number {
  const first = name[at] ?? 0;
  if (first < 0x80) return 1;
  let width = 4;
  if (first < 0xe0) width = 2;
  else if (first < 0xf0) width = 3;
  if (at + width > name.length) return 0;
  try {
    return Array.from(decoder.decode(name.subarray(at, at + width))).length === 1 ? width : 0;
  } catch {
    return 0;
  }
}

function quoteCharacter(bytes: Buffer): string {
  const character = bytes.toString('utf8');
  const point = character.codePointAt(0) ?? 0;
  const short = shortEscapes.get(point);
  if (short !== undefined) return short;
  if (point < 0x20 || point === 0x7f) return hexEscape(point);
  if (PRINTABLE.test(character)) return character;
  const digits = point.toString(16);
  return point > 0xffff ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`;
}

function hexEscape(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

const ESCAPE =
  /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([abfnrtv"\\]))/uy;

/** Throws `format/invalid` for a raw quote or line break, and for unknown or impossible escapes, as restic does. */
export function unquoteName(quoted: string): Buffer {
  if (!quoted.includes('\\')) {
    if (/["\n]/u.test(quoted)) throw invalid('name');
    return Buffer.from(quoted, 'utf8');
  }
  // In one piece, not one for each escape: a name is never longer than its quoting.
  const name = Buffer.alloc(Buffer.byteLength(quoted, 'utf8'));
  let length = 0;
  for (let at = 0; at < quoted.length;) {
    const next = quoted.indexOf('\\', at);
    const end = next < 0 ? quoted.length : next;
    if (end > at) {
      const plain = quoted.slice(at, end);
      if (/["\n]/u.test(plain)) throw invalid('name');
      length += name.write(plain, length, 'utf8');
      at = end;
      continue;
    }
    ESCAPE.lastIndex = at;
    const match = ESCAPE.exec(quoted);
    if (match === null) throw invalid('name');
    length = writeUnescaped(match, name, length);
    at = ESCAPE.lastIndex;
  }
  return Buffer.from(name.subarray(0, length));
}

/** Where it ends in `name`. */
function writeUnescaped(match: RegExpExecArray, name: Buffer, at: number): number {
  const [, hex, short, long, octal, letter] = match;
  if (hex !== undefined) return name.writeUInt8(Number.parseInt(hex, 16), at);
  if (letter !== undefined) return name.writeUInt8(shortUnescapes.get(letter) ?? 0, at);
  if (octal !== undefined) {
    const byte = Number.parseInt(octal, 8);
    if (byte > 255) throw invalid('name');
    return name.writeUInt8(byte, at);
  }
  const point = Number.parseInt(short ?? long ?? '', 16);
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw invalid('name');
  return at + name.write(String.fromCodePoint(point), at, 'utf8');
}
