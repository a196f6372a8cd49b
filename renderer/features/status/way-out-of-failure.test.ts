import { describe, expect, it } from 'vitest';
import { errorCatalog, type ErrorAction } from '../../../shared/error-catalog.ts';
import { errorCodes } from '../../../shared/errors.ts';
import { wayOutOf, type WayOutOfFailure } from './way-out-of-failure.ts';

const withAction = (action: ErrorAction) =>
  errorCodes.filter((code) => errorCatalog[code].action === action);

describe('wayOutOf', () => {
  const advised: readonly (readonly [ErrorAction, WayOutOfFailure])[] = [
    ['check-backup', 'check'],
    ['reconnect', 'reconnect'],
    ['retry', 'again'],
  ];
  it.each(advised)('does as the catalog advises: %s', (action, way) => {
    const codes = withAction(action);
    expect(codes).not.toEqual([]);
    for (const code of codes) expect([code, wayOutOf(code)]).toEqual([code, way]);
  });

  it('leads to another place, or to where the folders are chosen', () => {
    expect(wayOutOf('drive/forbidden-by-admin')).toBe('elsewhere');
    expect(wayOutOf('drive/too-many-files')).toBe('elsewhere');
    expect(wayOutOf('backup/nothing-to-back-up')).toBe('settings');
    expect(wayOutOf('backup/source-is-destination')).toBe('settings');
  });

  it('runs again after what it does not know', () => {
    expect(wayOutOf('of/another-version')).toBe('again');
  });
});
