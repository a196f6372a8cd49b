import { describe, expect, it } from 'vitest';

import { newSecret } from './secret-input.ts';

const KEY = '0123456789abcdef'.repeat(4);

async function made(text: string): Promise<string> {
  const { kind, bytes } = await newSecret(text);
  return `${kind} ${Buffer.from(bytes).toString('utf8')}`;
}

describe('a new secret', () => {
  it.each([KEY, KEY.toUpperCase(), `${KEY}\n`, KEY.replace(/(.{4})/gu, '$1-').slice(0, -1)])(
    'is a key in any spelling: %j',
    async (text) => {
      expect(await made(text)).toBe(`key ${KEY}`);
    },
  );

  it('is a password in NFC without blanks at either end', async () => {
    expect(await made('  Pa\u0308ssword with blanks \n')).toBe(
      'password P\u00e4ssword with blanks',
    );
  });

  it.each([
    ['', 'secret/required'],
    ['  \n', 'secret/required'],
    ['short', 'secret/too-short'],
    ['x'.repeat(257), 'secret/too-long'],
    ['Password1234', 'secret/too-weak'],
    // A key with a digit too few or too many must not become a password that nobody knows to be one.
    [KEY.slice(1), 'secret/invalid-key'],
    [`${KEY}0`, 'secret/invalid-key'],
    [KEY.slice(1).replace(/(.{4})/gu, '$1 '), 'secret/invalid-key'],
  ])('%j is refused with %s', async (text, code) => {
    await expect(newSecret(text)).rejects.toMatchObject({ code });
  });
});
