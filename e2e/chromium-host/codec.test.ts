import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codec } from './codec.ts';

const roundTrip = (value: unknown): unknown => codec.decode(codec.encode(value));

describe('codec', () => {
  it('returns what structuredClone returns', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withBoxedValues: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        expect(roundTrip(value)).toStrictEqual(structuredClone(value));
      }),
      { examples: [[{ date: new Date(Number.NaN) }]] },
    );
  });

  it('keeps cycles and shared parts', () => {
    const shared = { n: 1 };
    const value: Record<string, unknown> = {
      a: shared,
      b: [shared],
      boxed: Object(5),
      after: shared,
    };
    value['self'] = value;
    const result = roundTrip(value) as Record<string, unknown> & { b: unknown[] };
    expect(result['self']).toBe(result);
    expect(result.b[0]).toBe(result['a']);
    expect(result['after']).toBe(result['a']);
  });

  it('keeps errors with their kind and cause', () => {
    const error = roundTrip(new TypeError('bad', { cause: new RangeError('deep') }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'bad', cause: { message: 'deep' } });
  });

  it('refuses what cannot be cloned', () => {
    for (const value of [() => 1, Symbol('s'), { f: () => 1 }, new Blob(['x'])]) {
      expect(() => codec.encode(value)).toThrow('An object could not be cloned.');
    }
  });

  it('keeps a key named __proto__ a plain key', () => {
    const value = JSON.parse('{"__proto__":{"x":1}}') as object;
    expect(Object.keys(roundTrip(value) as object)).toEqual(['__proto__']);
  });
});
