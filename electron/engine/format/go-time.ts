/**
 * Times as restic writes them (restic format notes, section 8): RFC 3339 with up to nine decimals, in the writer's offset from UTC.
 * Instants are kept in nanoseconds, so that reading and writing reproduces the text.
 */
import { HoldfastError } from '../../../shared/errors.ts';

export interface GoTime {
  /** Nanoseconds since 1970. */
  readonly epochNs: bigint;
  /** East of Greenwich is positive. */
  readonly offsetMinutes: number;
}

const NS_PER_MS = 1_000_000n;
const NS_PER_SECOND = 1_000_000_000n;
const MAX_DATE_MS = 8_640_000_000_000_000n;
const MS_PER_MINUTE = 60_000;
const SECONDS_PER_MINUTE = 60;
const MS_PER_400_YEARS = 146_097 * 86_400_000;
/** The year 9000: far from where years have five digits. */
const PLAIN_BEFORE_NS = 221_845_392_000n * NS_PER_SECOND;
const PATTERN =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:Z|([+-])(\d\d):(\d\d))$/u;

/** The text; years outside of 0000-9999 are clamped, as restic does. */
export function formatGoTime(time: GoTime): string {
  const { epochNs, offsetMinutes } = time;
  if (epochNs >= 0n && epochNs < PLAIN_BEFORE_NS) {
    const seconds = Number(epochNs / NS_PER_SECOND);
    const ns = Number(epochNs % NS_PER_SECOND);
    const fraction = ns === 0 ? '' : `.${digits(ns, 9).replace(/0+$/u, '')}`;
    return `${secondText(seconds + offsetMinutes * SECONDS_PER_MINUTE)}${fraction}${zone(offsetMinutes)}`;
  }
  return formatOddTime(time);
}

/** Files that were written together share their second. */
const secondTexts: { readonly second: number; readonly text: string }[] = [];
const SECOND_TEXTS = 64;

function secondText(second: number): string {
  const known = secondTexts[Math.abs(second) % SECOND_TEXTS];
  if (known?.second === second) return known.text;
  const text = new Date(second * 1000).toISOString().slice(0, 19);
  secondTexts[Math.abs(second) % SECOND_TEXTS] = { second, text };
  return text;
}

function formatOddTime(time: GoTime): string {
  const ns = floorModulo(time.epochNs, NS_PER_SECOND);
  const wholeMs = clampToDate((time.epochNs - ns) / NS_PER_MS);
  const local = new Date(wholeMs + time.offsetMinutes * MS_PER_MINUTE);
  const year = Math.min(Math.max(local.getUTCFullYear(), 0), 9999);
  const fraction = ns === 0n ? '' : `.${digits(Number(ns), 9).replace(/0+$/u, '')}`;
  const date = `${digits(year, 4)}-${digits(local.getUTCMonth() + 1, 2)}-${digits(local.getUTCDate(), 2)}`;
  const clock = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()];
  return `${date}T${clock.map((part) => digits(part, 2)).join(':')}${fraction}${zone(time.offsetMinutes)}`;
}

/** Throws `format/invalid` for anything that is not such a text. */
export function parseGoTime(text: unknown): GoTime {
  const match = typeof text === 'string' ? PATTERN.exec(text) : null;
  if (match === null) throw new HoldfastError('format/invalid', { context: { what: 'time' } });
  const [, year, month, day, hour, minute, second, fraction, sign, zoneHours, zoneMinutes] = match;
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  const clock = { hour: Number(hour), minute: Number(minute), second: Number(second) };
  const hours = Number(zoneHours ?? 0);
  const minutes = Number(zoneMinutes ?? 0);
  const isReal =
    date.month >= 1 &&
    date.month <= 12 &&
    date.day >= 1 &&
    date.day <= daysOf(date.year, date.month) &&
    clock.hour < 24 &&
    clock.minute < 60 &&
    clock.second < 60;
  if (!isReal || hours > 23 || minutes > 59) {
    throw new HoldfastError('format/invalid', { context: { what: 'time' } });
  }
  const offset = hours * 60 + minutes;
  const offsetMinutes = sign === '-' && offset > 0 ? -offset : offset;
  // In the calendar 400 years are always as long; `Date.UTC` takes the years before 100 for others.
  const ahead = date.year < 400 ? 400 : 0;
  const localMs =
    Date.UTC(date.year + ahead, date.month - 1, date.day, clock.hour, clock.minute, clock.second) -
    (ahead > 0 ? MS_PER_400_YEARS : 0);
  const ns = BigInt((fraction ?? '').padEnd(9, '0'));
  return {
    epochNs: BigInt(localMs - offsetMinutes * MS_PER_MINUTE) * NS_PER_MS + ns,
    offsetMinutes,
  };
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function floorModulo(value: bigint, by: bigint): bigint {
  return ((value % by) + by) % by;
}

function clampToDate(ms: bigint): number {
  // A day short of the limit, so that an offset does not lead out of it.
  const limit = MAX_DATE_MS - 86_400_000n;
  if (ms > limit) return Number(limit);
  return Number(ms < -limit ? -limit : ms);
}

function zone(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'Z';
  const minutes = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? '-' : '+'}${digits(Math.floor(minutes / 60), 2)}:${digits(minutes % 60, 2)}`;
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
