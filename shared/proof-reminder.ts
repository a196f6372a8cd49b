/**
 * When to ask whether the secret is still to be found: 3 days after the first proof, 30 days after the one that answered that, then every 180
 * days after the last one. Proofs that nobody asked for, such as several on the day of set-up, take none of the questions away. A secret that was never proved has a standing warning instead.
 */
import type { Proof, Protection } from './model/protection.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const INTERVALS_DAYS = [3, 30] as const;
const LATER_DAYS = 180;
/** Where there is no keychain each start adds one. */
const MAX_LATER_PROOFS = 99;
/** "Remind me later". */
const SNOOZE_DAYS = 7;

/** Milliseconds since 1970, or null while nothing was proved. */
export function reminderDueMs({ proofs, remindAfter }: Protection): number | null {
  const [first, ...later] = proofs.map(({ at }) => Date.parse(at));
  if (first === undefined) return null;
  let dueMs = first + INTERVALS_DAYS[0] * DAY_MS;
  let answered = 0;
  for (const atMs of later) {
    const isRoutine = answered >= INTERVALS_DAYS.length;
    if (atMs < dueMs && !isRoutine) continue;
    answered += 1;
    dueMs = atMs + (INTERVALS_DAYS[answered] ?? LATER_DAYS) * DAY_MS;
  }
  return remindAfter === null ? dueMs : Math.max(dueMs, Date.parse(remindAfter));
}

/** The `remindAfter` of a snooze. */
export function snoozedUntil(nowMs: number): string {
  return new Date(nowMs + SNOOZE_DAYS * DAY_MS).toISOString();
}

/** With a new proof. The first stays, since the first questions are reckoned from it; of the others the newest. */
export function withProof(proofs: readonly Proof[], proof: Proof): Proof[] {
  const [first, ...later] = [...proofs, proof];
  return first === undefined ? [] : [first, ...later.slice(-MAX_LATER_PROOFS)];
}
