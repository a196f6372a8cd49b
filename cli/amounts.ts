/** Sizes and shares as they are typed, restic's way: `500M`, `2G`, `5%`. */
import { UsageError } from './session.ts';

const SIZE = /^(?<count>\d+(?:\.\d+)?)\s*(?<unit>[kmgt]?)(?:i?b)?$/iu;
const PERCENT = /^(?<count>\d+(?:\.\d+)?)%$/u;
const UNITS = ['', 'k', 'm', 'g', 't'];
const STEP = 1024;
const MAX_PERCENT = 100;

/** In bytes; K, M, G and T are powers of 1024. */
export function parseSize(text: string, option: string): number {
  const { groups } = SIZE.exec(text) ?? {};
  const bytes =
    Number(groups?.['count']) * STEP ** UNITS.indexOf((groups?.['unit'] ?? '').toLowerCase());
  if (!Number.isSafeInteger(Math.round(bytes))) {
    throw new UsageError(`${option} needs a size such as 500M or 2G, not "${text}"`);
  }
  return Math.round(bytes);
}

/** null when it is no share at all. */
export function parsePercent(text: string, option: string): number | null {
  const { groups } = PERCENT.exec(text) ?? {};
  if (groups === undefined) return null;
  const percent = Number(groups['count']);
  if (percent > MAX_PERCENT) throw new UsageError(`${option} cannot be more than 100%`);
  return percent;
}
