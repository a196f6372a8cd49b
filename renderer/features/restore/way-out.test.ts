import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../shared/errors.ts';
import { wayOut } from './way-out.ts';

describe('the way out of an error', () => {
  it.each([
    ['repo/snapshot-not-found', 'archive'],
    ['restore/path-not-found', 'what'],
    ['restore/no-space', 'where'],
    ['ipc/grant-expired', 'where'],
    ['restore/plan-expired', 'again'],
    ['engine/crashed', 'again'],
  ] as const)('%s leads to %s', (code, way) => {
    expect(wayOut(new HoldfastError(code))).toBe(way);
  });

  it('is to try again when nothing is known about it', () => {
    expect(wayOut(new Error('?'))).toBe('again');
  });
});
