/**
 * When to ask whether the secret is still to be found: 3 days after the first proof, 30 days after the second, then every 180 days after
 * the last one. A secret that was never proved has a standing warning instead.
 */
import type { Protection } from './model/protection.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const INTERVALS_DAYS = [3, 30] as const;
const LATER_DAYS = 180;
/** "Remind me later". */
const SNOOZE_DAYS = 7;

/** Milliseconds since 1970, or null while nothing was proved. */
export function reminderDueMs({ proofs, remindAfter }: Protection): number | null {
  const last = proofs.at(-1);
  if (last === undefined) return null;
  const days = INTERVALS_DAYS[proofs.length - 1] ?? LATER_DAYS;
  const dueMs = Date.parse(last.at) + days * DAY_MS;
  return remindAfter === null ? dueMs : Math.max(dueMs, Date.parse(remindAfter));
}

/** The `remindAfter` of a snooze. */
export function snoozedUntil(nowMs: number): string {
  return new Date(nowMs + SNOOZE_DAYS * DAY_MS).toISOString();
}
