/** Bad input for parsers, made from good: bytes that were damaged, and JSON with a value that does not belong where it stands. */
import fc from 'fast-check';

/** The same in every run; a failure prints it with the path to the smallest case. */
export const BAD_INPUT_SEED = 20_260_601;

export function nestedJson(depth: number): string {
  return '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);
}

const hostileJson = [
  'null',
  'true',
  '-1',
  '-0',
  '0.5',
  '1e400',
  '-1e400',
  '1e21',
  '4294967295',
  '4294967296',
  '9007199254740993',
  '18446744073709551615',
  '18446744073709551616',
  '9'.repeat(400),
  '""',
  '"\\ud800"',
  '"\\u0000"',
  '".."',
  '"/"',
  '"\\\\x"',
  '"\\\\U00110000"',
  '"=="',
  '"A==="',
  `"${'F'.repeat(64)}"`,
  `"${'0'.repeat(64)}"`,
  '"0000-01-01T00:00:00+23:59"',
  '"9999-12-31T23:59:60Z"',
  '"9999-12-31T23:59:59.999999999-23:59"',
  '"+275760-09-13T00:00:00Z"',
  '"2023-02-29T00:00:00Z"',
  '"chardev"',
  '[]',
  '[null]',
  '[[]]',
  '{}',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toJSON":1,"toString":1,"valueOf":1,"length":-1}',
  nestedJson(150),
  nestedJson(5000),
];
const hostileNames = ['__proto__', 'constructor', 'toJSON', 'hasOwnProperty', 'length', '', '0'];

type Change = 'replace' | 'duplicate-before' | 'duplicate-after' | 'leave-out' | 'add';

interface Place {
  readonly at: object;
  readonly name: string;
}

/** Every array item and every field of an object. */
function placesOf(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => [
    { at: value, name },
    ...placesOf(item as unknown),
  ]);
}

/** JSON that is `text` but for one place. */
function disturb(text: string, nth: number, change: Change, piece: string, other: string): string {
  const whole = JSON.parse(text) as unknown;
  const places = placesOf(whole);
  const place = places[nth % Math.max(places.length, 1)];
  return spell(whole);

  function spell(value: unknown): string {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const isArray = Array.isArray(value);
    const parts = Object.entries(value).flatMap(([name, item]) => {
      const label = isArray ? '' : `${JSON.stringify(name)}:`;
      const own = label + spell(item);
      if (place?.at !== value || place.name !== name) return [own];
      return disturbed(own, label + piece, `${JSON.stringify(other)}:${piece}`, isArray);
    });
    return isArray ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
  }

  function disturbed(own: string, bad: string, added: string, isArray: boolean): string[] {
    const by: Readonly<Record<Change, string[]>> = {
      replace: [bad],
      'duplicate-before': [bad, own],
      'duplicate-after': [own, bad],
      'leave-out': [],
      add: isArray ? [own, own] : [own, added],
    };
    return by[change];
  }
}

/** JSON of the right outer shape with one wrong type, range, depth, name or repetition. */
export function disturbedJson(valid: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const change = fc.constantFrom<Change>(
    'replace',
    'replace',
    'duplicate-before',
    'duplicate-after',
    'leave-out',
    'add',
  );
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...hostileJson) },
    { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
  );
  const other = fc.constantFrom(...hostileNames);
  return fc
    .tuple(valid, fc.nat({ max: 10_000 }), change, piece, other)
    .map(([bytes, nth, how, text, name]) =>
      Buffer.from(disturb(bytes.toString(), nth, how, text, name)),
    );
}

/** Valid bytes after bit flips, truncation, pieces left out, put in, or moved from elsewhere. */
export function damagedBytes(valid: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const at = fc.nat({ max: 0xffff });
  const damage = fc.oneof(
    fc.tuple(at, fc.nat({ max: 7 })).map(([place, bit]) => flipped(place, bit)),
    at.map((place) => (bytes: Buffer) => bytes.subarray(0, cut(bytes, place))),
    fc
      .tuple(at, fc.uint8Array({ minLength: 1, maxLength: 8 }))
      .map(([place, piece]) => spliced(place, 0, piece)),
    fc
      .tuple(at, fc.integer({ min: 1, max: 40 }))
      .map(([place, count]) => spliced(place, count, Buffer.alloc(0))),
    fc
      .tuple(at, at, fc.integer({ min: 1, max: 40 }))
      .map(([place, from, count]) => moved(place, from, count)),
  );
  return fc
    .tuple(valid, fc.array(damage, { minLength: 1, maxLength: 3 }))
    .map(([bytes, damages]) => damages.reduce((sum, apply) => apply(sum), bytes));
}

const cut = (bytes: Buffer, place: number): number => place % (bytes.length + 1);

function flipped(place: number, bit: number) {
  return (bytes: Buffer): Buffer => {
    const copy = Buffer.from(bytes);
    const at = place % Math.max(copy.length, 1);
    const byte = copy[at];
    if (byte !== undefined) copy[at] = byte ^ (1 << bit);
    return copy;
  };
}

function spliced(place: number, leftOut: number, piece: Uint8Array) {
  return (bytes: Buffer): Buffer => {
    const at = cut(bytes, place);
    return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + leftOut)]);
  };
}

function moved(place: number, from: number, count: number) {
  return (bytes: Buffer): Buffer => {
    const start = cut(bytes, from);
    return spliced(place, count, bytes.subarray(start, start + count))(bytes);
  };
}
