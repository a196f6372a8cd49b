/** Archives by the day on which they were made, as this computer's clock counts days. */
import type { Archive } from '../../../shared/model/archive.ts';

export interface DayGroup {
  /** `2026-11-16` */
  readonly day: string;
  /** Days before today; 0 is today, negative where the clock of the computer that made them was ahead. */
  readonly daysAgo: number;
  /** Noon of that day. */
  readonly date: Date;
  readonly archives: readonly Archive[];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** The order of the archives stays as it is: newest first. */
export function groupByDay(archives: readonly Archive[], now: Date): DayGroup[] {
  const groups = new Map<string, { date: Date; archives: Archive[] }>();
  for (const archive of archives) {
    const date = noonOf(new Date(archive.time));
    const day = dayName(date);
    const group = groups.get(day);
    if (group === undefined) groups.set(day, { date, archives: [archive] });
    else group.archives.push(archive);
  }
  const today = noonOf(now).getTime();
  return [...groups].map(([day, { date, archives: inDay }]) => ({
    day,
    date,
    // Rounded, because a day on which the clocks change has 23 or 25 hours.
    daysAgo: Math.round((today - date.getTime()) / DAY_MS),
    archives: inDay,
  }));
}

function noonOf(time: Date): Date {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate(), 12);
}

function dayName(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
