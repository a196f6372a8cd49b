import { describe, expect, it } from 'vitest';
import { asksFor } from './reconnect-fields.ts';

describe('asksFor', () => {
  it('asks for the keys of S3-compatible storage, and for its region where that is wrong', () => {
    expect(asksFor('s3', 's3/unknown-key', null)).toMatchObject({ keys: 'needed', region: false });
    expect(asksFor('s3', 's3/wrong-region', null)).toMatchObject({
      keys: 'possible',
      region: true,
    });
    expect(asksFor('s3', 's3/access-denied', null).keys).toBe('possible');
    expect(asksFor('s3', null, 's3/wrong-region')).toMatchObject({ region: true });
  });

  it('asks Google’s users for nothing, unless Google does not know their client', () => {
    const nothing = { keys: 'none', region: false, clientSecret: false };
    for (const code of ['drive/sign-in-ended', 'drive/scope-missing', 'drive/folder-gone', null]) {
      expect(asksFor('gdrive', code, null)).toEqual(nothing);
    }
    expect(asksFor('gdrive', 'drive/client-refused', null).clientSecret).toBe(true);
    expect(asksFor('gdrive', 'drive/sign-in-ended', 'sign-in/no-client').clientSecret).toBe(true);
  });
});
