import { expect, it } from 'vitest';
import type { Protection } from './model/protection.ts';
import { reminderDueMs, snoozedUntil, withProof } from './proof-reminder.ts';

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
    changingTo: null,
    retiringKeyId: null,
    remindAfter,
  };
}

it.each([
  [[0], 3],
  [[0, 3], 33],
  [[0, 3, 33], 213],
  [[0, 3, 33, 213], 393],
  // Several on the day of set-up take no question away.
  [[0, 0.1, 0.2], 3],
  [[0, 0.1, 3, 4], 33],
  // Later on every proof counts.
  [[0, 3, 33, 40], 220],
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

it('keeps the first proof and the newest', () => {
  const proof = (day: number) => ({
    at: new Date(START + day * DAY).toISOString(),
    how: 'pasted' as const,
  });
  let proofs: Protection['proofs'] = [proof(0)];
  for (let day = 1; day <= 300; day += 1) proofs = withProof(proofs, proof(day));
  expect(proofs).toHaveLength(100);
  expect([proofs[0], proofs.at(-1)]).toEqual([proof(0), proof(300)]);
});
