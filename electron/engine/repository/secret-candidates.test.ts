import { describe, expect, it } from 'vitest';

import { secretCandidates } from './secret-candidates.ts';

function texts(secret: string): string[] {
  return secretCandidates(secret).map((bytes) => Buffer.from(bytes).toString('utf8'));
}

const KEY = '0123456789abcdef'.repeat(4);

describe('secretCandidates', () => {
  it('tries a plain password once, as given', () => {
    expect(texts('correct horse battery')).toEqual(['correct horse battery']);
    expect(texts('  ')).toEqual(['  ']);
  });

  it('tries it without blanks at its ends at last: so are new passwords stored', () => {
    expect(texts('  with blanks ')).toEqual(['  with blanks ', 'with blanks']);
  });

  it('tries NFC after the bytes as given', () => {
    const decomposed = 'Pa\u0308sse';
    expect(texts(decomposed)).toEqual([decomposed, 'P\u00e4sse']);
  });

  it.each([
    KEY.toUpperCase(),
    KEY.replace(/(.{4})/gu, '$1 ').trim(),
    KEY.replace(/(.{4})/gu, '$1-')
      .slice(0, -1)
      .toUpperCase(),
    `${KEY}\n`,
  ])('ends with the canonical digits of a key spelled %j', (spelling) => {
    expect(texts(spelling)).toEqual([spelling, KEY]);
  });

  it('tries canonical digits once', () => {
    expect(texts(KEY)).toEqual([KEY]);
  });
});
