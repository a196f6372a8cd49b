/** What the answers of all vendors have in common: none at all, and "later". */
import { HoldfastError } from '../../../../shared/errors.ts';

const MS_A_SECOND = 1000;
const OFFLINE = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ECONNREFUSED',
]);

/** For a request that never got an answer, or whose answer broke off. `what` says for the log which call it was. */
export function withoutAnswer(error: unknown, what: string): HoldfastError {
  const code = systemCode(error);
  const offline = code !== null && OFFLINE.has(code);
  return new HoldfastError(offline ? 'backend/offline' : 'backend/unavailable', {
    retry: 'now',
    context: { what, ...(code === null ? {} : { osCode: code }) },
    cause: new Error(code ?? (error instanceof Error ? error.name : 'no answer')),
  });
}

/** The operating system's word, from however deep it lies. */
function systemCode(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string' && /^E[A-Z_]+$/u.test(at.code)) return at.code;
  }
  return null;
}

/** Retry-After in milliseconds from now: seconds or a date (RFC 9110, section 10.2.3). null without one. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\d+$/u.test(header)) return Number(header) * MS_A_SECOND;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}
