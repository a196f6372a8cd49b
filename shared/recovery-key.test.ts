import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupsOf, looksLikeKey, parseRecoveryKey } from './recovery-key.ts';

const key = '0123456789abcdef'.repeat(4);
const hexKey = fc.array(fc.constantFrom(...Array.from('0123456789abcdef')), {
  minLength: 64,
  maxLength: 64,
});

describe('parseRecoveryKey', () => {
  it('takes any spelling of the same 64 digits', () => {
    fc.assert(
      fc.property(
        hexKey,
        fc.array(fc.constantFrom('', ' ', '-', '\n', ' – ', '\t'), {
          minLength: 64,
          maxLength: 64,
        }),
        fc.boolean(),
        (digits, separators, upper) => {
          const spelled = digits
            .map(
              (digit, index) => (upper ? digit.toUpperCase() : digit) + (separators[index] ?? ''),
            )
            .join('');
          expect(parseRecoveryKey(spelled)).toEqual({ ok: true, key: digits.join('') });
        },
      ),
    );
  });

  it('says which group has a digit that is not hexadecimal', () => {
    const groups = groupsOf(key);
    groups[6] = '8x9a';
    expect(parseRecoveryKey(groups.join(' '))).toEqual({
      ok: false,
      problem: { kind: 'not-hexadecimal', group: 7, character: 'x' },
    });
    expect(parseRecoveryKey(groups.join(''))).toMatchObject({ problem: { group: 7 } });
  });

  it('says which group is too long or too short', () => {
    const long = groupsOf(key);
    long[2] = '89abc';
    expect(parseRecoveryKey(long.join('-'))).toEqual({
      ok: false,
      problem: { kind: 'group-too-long', group: 3 },
    });
    const short = groupsOf(key);
    short[15] = 'cde';
    expect(parseRecoveryKey(short.join('\n'))).toEqual({
      ok: false,
      problem: { kind: 'group-too-short', group: 16 },
    });
  });

  it('counts the digits where there are no groups to point at', () => {
    expect(parseRecoveryKey(key.slice(1))).toEqual({
      ok: false,
      problem: { kind: 'too-short', digits: 63 },
    });
    expect(parseRecoveryKey(key + '00')).toEqual({
      ok: false,
      problem: { kind: 'too-long', digits: 66 },
    });
    expect(parseRecoveryKey(' \n- ')).toEqual({ ok: false, problem: { kind: 'empty' } });
  });

  it('never throws, and never takes anything but 64 hexadecimal digits', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseRecoveryKey(text);
        if (parsed.ok) expect(parsed.key).toMatch(/^[0-9a-f]{64}$/u);
      }),
    );
  });
});

describe('looksLikeKey', () => {
  it.each([
    [key, true],
    [key.slice(3), true],
    [`${key.slice(1)}x`, true],
    ['correct horse battery staple', false],
    ['deadbeef', false],
    ['', false],
  ])('%s: %s', (text, expected) => {
    expect(looksLikeKey(text)).toBe(expected);
  });
});
