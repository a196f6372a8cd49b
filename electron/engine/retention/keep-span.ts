/** Spans of time in keep rules, `1y5m7d2h`, and the calendar behind them (restic format notes, section 13). */
import { HoldfastError } from '../../../shared/errors.ts';
import type { KeepSpan } from '../../../shared/model/retention.ts';
import type { GoTime } from '../format/go-time.ts';

const UNITS = { y: 'years', m: 'months', d: 'days', h: 'hours' } as const;
const FORM = /^(?:\d+[ymdh])+$/u;
const PART = /(?<count>\d+)(?<unit>[ymdh])/gu;
const NS_PER_MS = 1_000_000n;
const NS_PER_HOUR = 3_600_000_000_000n;
const MS_PER_MINUTE = 60_000;

/**
 * As a person types it; a unit that is given twice counts as the last one says, as with restic.
 * @throws HoldfastError `forget/invalid-rule`
 */
export function parseKeepSpan(text: string, rule: string): KeepSpan {
  const span = { years: 0, months: 0, days: 0, hours: 0 };
  if (!FORM.test(text)) throw invalidRule(rule, text);
  for (const { groups } of text.matchAll(PART)) {
    const count = Number(groups?.['count']);
    if (!Number.isSafeInteger(count)) throw invalidRule(rule, text);
    span[UNITS[groups?.['unit'] as keyof typeof UNITS]] = count;
  }
  return span;
}

/** As restic prints it: `1m2d`. */
export function formatKeepSpan(span: KeepSpan): string {
  return Object.entries(UNITS)
    .map(([letter, unit]) => (span[unit] === 0 ? '' : `${span[unit]}${letter}`))
    .join('');
}

export function isZeroSpan(span: KeepSpan): boolean {
  return Object.values(UNITS).every((unit) => span[unit] === 0);
}

/**
 * The instant that lies so long before `time`: years, months and days by the calendar of its offset, with what a month does not have running
 * over into the next (31 March less one month is 2 or 3 March), then hours. Nanoseconds since 1970, or null for one before all calendars.
 */
export function instantBefore(time: GoTime, span: KeepSpan): bigint | null {
  const offsetMs = time.offsetMinutes * MS_PER_MINUTE;
  const restNs = ((time.epochNs % NS_PER_MS) + NS_PER_MS) % NS_PER_MS;
  const date = new Date(Number((time.epochNs - restNs) / NS_PER_MS) + offsetMs);
  const ms = date.setUTCFullYear(
    date.getUTCFullYear() - span.years,
    date.getUTCMonth() - span.months,
    date.getUTCDate() - span.days,
  );
  if (Number.isNaN(ms)) return null;
  return BigInt(ms - offsetMs) * NS_PER_MS + restNs - BigInt(span.hours) * NS_PER_HOUR;
}

export function invalidRule(rule: string, value: string): HoldfastError {
  return new HoldfastError('forget/invalid-rule', { context: { rule, value } });
}
