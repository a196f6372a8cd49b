/** The stretches of the calendar that counted rules know, in the offset that the snapshot was written with (restic format notes, section 13). */
import type { GoTime } from '../format/go-time.ts';

const NS_PER_MS = 1_000_000n;
const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 86_400_000;
const DAYS_A_WEEK = 7;

/** Two times lie in the same stretch when their numbers are equal. `at` is the snapshot's place in the list. */
export type Bucket = (time: GoTime, at: number) => number;

const local = ({ epochNs, offsetMinutes }: GoTime): Date => {
  const restNs = ((epochNs % NS_PER_MS) + NS_PER_MS) % NS_PER_MS;
  return new Date(Number((epochNs - restNs) / NS_PER_MS) + offsetMinutes * MS_PER_MINUTE);
};

const yearOf: Bucket = (time) => local(time).getUTCFullYear();
const monthOf: Bucket = (time, at) => yearOf(time, at) * 100 + local(time).getUTCMonth();
const dayOf: Bucket = (time, at) => monthOf(time, at) * 100 + local(time).getUTCDate();
const hourOf: Bucket = (time, at) => dayOf(time, at) * 100 + local(time).getUTCHours();

/** ISO 8601: a week belongs to the year of its Thursday. */
const weekOf: Bucket = (time) => {
  const date = local(time);
  const sinceMonday = (date.getUTCDay() + DAYS_A_WEEK - 1) % DAYS_A_WEEK;
  const thursday = new Date(date.getTime() + (3 - sinceMonday) * MS_PER_DAY);
  const year = thursday.getUTCFullYear();
  const newYear = new Date(0).setUTCFullYear(year, 0, 1);
  const week = Math.floor((thursday.getTime() - newYear) / MS_PER_DAY / DAYS_A_WEEK) + 1;
  return year * 100 + week;
};

export const buckets = {
  last: (_time, at) => at,
  hourly: hourOf,
  daily: dayOf,
  weekly: weekOf,
  monthly: monthOf,
  yearly: yearOf,
} as const satisfies Record<string, Bucket>;
