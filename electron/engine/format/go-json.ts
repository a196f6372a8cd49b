/**
 * JSON in Go's spelling (restic format notes, section 8), so that equal trees get equal ids whoever writes them, and readers of single
 * fields that accept exactly the right type and throw `format/invalid` otherwise.
 */
import { HoldfastError } from '../../../shared/errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** Printable ASCII without what either spelling escapes. */
const PLAIN = /^[ !#-%'-;=?-[\]-~]*$/u;

/** A JSON string literal as Go 1.19 writes it: also `<`, `>`, `&` and the line separators are escaped. */
export function goString(text: string): string {
  // Nearly always.
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text)
    .replace(/\\([\s\S])/gu, (pair, letter: string) => {
      if (letter === 'b') return '\\u0008';
      return letter === 'f' ? '\\u000c' : pair;
    })
    .replace(/[<>&\u2028\u2029]/gu, (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    });
}

/** `"name":value` pairs in the order given; pairs with a null value are left out. */
export function goObject(
  fields: readonly (readonly [name: string, value: string | null])[],
): string {
  const written = fields.filter(([, value]) => value !== null);
  return `{${written.map(([name, value]) => `"${name}":${value ?? ''}`).join(',')}}`;
}

/** `["a","b"]` */
export function goStrings(texts: readonly string[]): string {
  return `[${texts.map(goString).join(',')}]`;
}

export function invalid(what: string, cause?: unknown): HoldfastError {
  return new HoldfastError('format/invalid', {
    context: { what },
    ...(cause === undefined ? {} : { cause }),
  });
}

const LONG_NUMBER = /[:,[]\s*-?\d{16}/u;

/** The parsed text, which must be an object. Integers above 2^53 come as bigint where `exactIntegers` is set. */
export function parseObject(
  json: Uint8Array | string,
  what: string,
  exactIntegers = false,
): JsonObject {
  let value: unknown;
  try {
    // Throws where there is more text than a string can hold.
    const text = typeof json === 'string' ? json : decoder.decode(json);
    // The slow way only where there is a number with so many digits; inside of ids there often are.
    value =
      exactIntegers && LONG_NUMBER.test(text)
        ? JSON.parse(text, keepExact)
        : (JSON.parse(text) as unknown);
  } catch (error) {
    throw invalid(what, error);
  }
  return objectOf(value, what);
}

/** More than any field has; a million digits would take seconds to become a bigint. */
const MAX_EXACT_DIGITS = 64;

function keepExact(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined)
    return value;
  return source.length <= MAX_EXACT_DIGITS && /^-?\d+$/u.test(source) ? BigInt(source) : value;
}

export function objectOf(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(what);
  return value as JsonObject;
}

export function arrayOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(what);
  return value;
}

export function stringOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw invalid(what);
  return value;
}

/** Absent counts as empty. */
export function optionalString(value: unknown, what: string): string {
  return value === undefined || value === null ? '' : stringOf(value, what);
}

/** A whole number from 0 to `max`; absent counts as 0. */
export function naturalOf(value: unknown, what: string, max = Number.MAX_SAFE_INTEGER): number {
  if (value === undefined) return 0;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max) {
    throw invalid(what);
  }
  return value;
}

/** A whole number from 0 to 2^64 - 1; absent counts as 0. */
export function bigNaturalOf(value: unknown, what: string): bigint {
  if (typeof value === 'bigint' && value >= 0n && value < 1n << 64n) return value;
  return BigInt(naturalOf(value, what));
}

/** Absent or null counts as empty. */
export function optionalStrings(value: unknown, what: string): readonly string[] {
  if (value === undefined || value === null) return [];
  return arrayOf(value, what).map((item) => stringOf(item, what));
}

export function bytesOf(value: unknown, what: string, length?: number): Buffer {
  const text = stringOf(value, what);
  if (!/^[A-Za-z0-9+/]*={0,2}$/u.test(text)) throw invalid(what);
  const bytes = Buffer.from(text, 'base64');
  if (length !== undefined && bytes.length !== length) throw invalid(what);
  return bytes;
}
