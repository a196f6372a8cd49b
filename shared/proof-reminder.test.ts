import { expect, it } from 'vitest';
import type { Protection } from './model/protection.ts';
import { reminderDueMs, snoozedUntil } from './proof-reminder.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const DAY = 86_400_000;

function protection(proofDays: readonly number[], remindAfter: string | null = null): Protection {
  return {
    kind: 'key',
    keyId: 'a',
    proofs: proofDays.map((day) => ({
      at: new Date(START + day * DAY).toISOString(),
      how: 'pasted',
    })),
    changedAt: null,
    changingFrom: null,
    retiringKeyId: null,
    remindAfter,
  };
}

it.each([
  [[0], 3],
  [[0, 3], 33],
  [[0, 3, 33], 213],
  [[0, 3, 33, 213], 393],
])('proofs on the days %j: asked again on day %i', (days, due) => {
  expect(reminderDueMs(protection(days))).toBe(START + due * DAY);
});

it('asks nothing while there is a standing warning', () => {
  expect(reminderDueMs(protection([]))).toBeNull();
});

it('can be put off, and not brought forward', () => {
  const now = START + 3 * DAY;
  expect(reminderDueMs(protection([0], snoozedUntil(now)))).toBe(now + 7 * DAY);
  expect(reminderDueMs(protection([0], snoozedUntil(START - 300 * DAY)))).toBe(START + 3 * DAY);
});
