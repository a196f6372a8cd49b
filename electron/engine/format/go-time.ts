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
    const iso = new Date(seconds * 1000 + offsetMinutes * MS_PER_MINUTE).toISOString();
    return `${iso.slice(0, 19)}${fraction}${zone(offsetMinutes)}`;
  }
  return formatOddTime(time);
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
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const isReal =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60;
  const hours = Number(match[9] ?? 0);
  const minutes = Number(match[10] ?? 0);
  if (!isReal || second > 59 || hours > 23 || minutes > 59) {
    throw new HoldfastError('format/invalid', { context: { what: 'time' } });
  }
  const sign = match[8] === '-' ? -1 : 1;
  const offsetMinutes = hours + minutes === 0 ? 0 : sign * (hours * 60 + minutes);
  const ns = BigInt((match[7] ?? '').padEnd(9, '0'));
  const epochMs = date.getTime() - offsetMinutes * MS_PER_MINUTE;
  return { epochNs: BigInt(epochMs) * NS_PER_MS + ns, offsetMinutes };
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
