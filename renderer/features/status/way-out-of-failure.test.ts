import { describe, expect, it } from 'vitest';
import { errorCatalog } from '../../../shared/error-catalog.ts';
import { errorCodes } from '../../../shared/errors.ts';
import { wayOutOf } from './way-out-of-failure.ts';

describe('wayOutOf', () => {
  it.each(errorCodes.filter((code) => errorCatalog[code].action === 'check-backup'))(
    'checks the backup after %s, as the catalog advises',
    (code) => {
      expect(wayOutOf(code)).toBe('check');
    },
  );

  it('runs again otherwise, or goes to where the folders are chosen', () => {
    expect(wayOutOf('backend/no-space')).toBe('again');
    expect(wayOutOf('backup/nothing-to-back-up')).toBe('settings');
  });
});
