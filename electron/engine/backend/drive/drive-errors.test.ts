import { describe, expect, it } from 'vitest';
import { classifyDriveError } from './drive-errors.ts';

function answer(status: number, reason: string, message = reason, headers: HeadersInit = {}) {
  const data = {
    error: { code: status, message, errors: [{ domain: 'global', reason, message }] },
  };
  return Object.assign(new Error('request failed with token ya29.secret'), {
    response: { status, data, headers: new Headers(headers) },
  });
}

describe('what Google answers', () => {
  it.each([
    [401, 'authError', 'drive/sign-in-ended', 'never'],
    [403, 'userRateLimitExceeded', 'backend/slow-down', 'now'],
    [403, 'rateLimitExceeded', 'backend/slow-down', 'now'],
    [429, '', 'backend/slow-down', 'now'],
    [403, 'dailyLimitExceeded', 'drive/daily-call-limit', 'later'],
    [403, 'uploadLimitExceeded', 'drive/daily-upload-limit', 'later'],
    [403, 'downloadQuotaExceeded', 'drive/daily-download-limit', 'later'],
    [403, 'storageQuotaExceeded', 'drive/quota-full', 'later'],
    [403, 'quotaExceeded', 'drive/quota-full', 'later'],
    [403, 'numChildrenInNonRootLimitExceeded', 'drive/too-many-files', 'never'],
    [403, 'activeItemCreationLimitExceeded', 'drive/too-many-files', 'never'],
    [403, 'teamDriveFileLimitExceeded', 'drive/too-many-files', 'never'],
    [403, 'insufficientPermissions', 'drive/scope-missing', 'never'],
    [403, 'appNotAuthorizedToFile', 'drive/not-our-file', 'never'],
    [403, 'insufficientFilePermissions', 'drive/read-only', 'never'],
    [403, 'domainPolicy', 'drive/forbidden-by-admin', 'never'],
    [403, 'accessNotConfigured', 'drive/api-not-enabled', 'never'],
    [403, 'cannotDownloadAbusiveFile', 'drive/flagged-file', 'never'],
    [404, 'notFound', 'backend/not-found', 'never'],
    [408, '', 'backend/unavailable', 'now'],
    [500, 'internalError', 'backend/unavailable', 'now'],
    [503, '', 'backend/unavailable', 'now'],
    [403, 'somethingNew', 'backend/refused', 'never'],
    [400, '', 'backend/refused', 'never'],
    [409, 'fileIdInUse', 'backend/out-of-step', 'later'],
    [412, 'conditionNotMet', 'backend/out-of-step', 'later'],
    [416, 'requestedRangeNotSatisfiable', 'backend/out-of-step', 'later'],
  ] as const)('%d %s is %s', (status, reason, code, retry) => {
    expect(classifyDriveError(answer(status, reason), 'files.get', 0)).toMatchObject({
      code,
      retry,
    });
  });

  it('tells the 750 GB of a day by its sentence', () => {
    const error = answer(403, 'userRateLimitExceeded', 'User rate limit exceeded.');
    expect(classifyDriveError(error, 'upload', 0).code).toBe('drive/daily-upload-limit');
  });

  it('tells an exhausted project by its metric', () => {
    const message = "Quota exceeded for quota metric 'Queries' and limit 'Queries per day'";
    expect(classifyDriveError(answer(403, 'rateLimitExceeded', message), 'x', 0).code).toBe(
      'drive/daily-call-limit',
    );
  });

  it('reads newer answers, and pages of HTML', () => {
    const data = { error: { details: [{ reason: 'RATE_LIMIT_EXCEEDED' }] } };
    const newer = { response: { status: 403, data, headers: new Headers() } };
    expect(classifyDriveError(newer, 'x', 0).code).toBe('backend/slow-down');
    const html = { response: { status: 502, data: '<html>', headers: new Headers() } };
    expect(classifyDriveError(html, 'x', 0)).toMatchObject({
      code: 'backend/unavailable',
      retry: 'now',
    });
  });

  it('reads Retry-After as seconds and as a date', () => {
    const inSeconds = answer(429, '', '', { 'retry-after': '7' });
    expect(classifyDriveError(inSeconds, 'x', 0).context['retryAfterMs']).toBe(7000);
    const now = Date.parse('2026-03-01T12:00:00Z');
    const atDate = answer(429, '', '', { 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT' });
    expect(classifyDriveError(atDate, 'x', now).context['retryAfterMs']).toBe(30_000);
  });

  it.each([
    ['ENOTFOUND', 'backend/offline'],
    ['EAI_AGAIN', 'backend/offline'],
    ['ENETUNREACH', 'backend/offline'],
    ['ECONNRESET', 'backend/unavailable'],
    ['EPIPE', 'backend/unavailable'],
    ['ETIMEDOUT', 'backend/unavailable'],
  ])('%s without an answer is %s', (osCode, code) => {
    const error = new Error('failed', {
      cause: Object.assign(new Error(osCode), { code: osCode }),
    });
    expect(classifyDriveError(error, 'x', 0)).toMatchObject({ code, retry: 'now' });
  });

  it('keeps the request, which holds the token, out of the error', () => {
    const error = classifyDriveError(answer(403, 'domainPolicy'), 'x', 0);
    expect(String(error.cause)).not.toContain('ya29');
    expect(JSON.stringify(error.context)).not.toContain('ya29');
  });
});
