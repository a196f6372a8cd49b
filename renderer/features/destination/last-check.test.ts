import { describe, expect, it } from 'vitest';
import type { Job } from '../../../shared/model/job.ts';
import { checksOf } from './last-check.ts';

function job(id: string, change: Partial<Job> = {}): Job {
  return {
    id,
    kind: 'check',
    planId: null,
    destinationId: 'd',
    state: 'succeeded',
    createdAt: '2026-11-16T10:00:00Z',
    startedAt: null,
    finishedAt: '2026-11-16T10:01:00Z',
    progress: null,
    waiting: null,
    waitError: null,
    triesAgainAt: null,
    result: null,
    error: null,
    ...change,
  };
}

describe('the checks of a destination', () => {
  it('are its own, the newest first', () => {
    const jobs = [
      job('old'),
      job('new', { createdAt: '2026-11-17T10:00:00Z' }),
      job('elsewhere', { destinationId: 'e', createdAt: '2026-11-18T10:00:00Z' }),
      job('backup', { kind: 'backup', createdAt: '2026-11-18T10:00:00Z' }),
    ];
    expect(checksOf(jobs, 'd')).toMatchObject({ running: null, last: { id: 'new' } });
  });

  it('keep the last result while another runs', () => {
    const running = job('now', {
      createdAt: '2026-11-18T10:00:00Z',
      state: 'running',
      finishedAt: null,
    });
    expect(checksOf([job('old'), running], 'd')).toMatchObject({
      running: { id: 'now' },
      last: { id: 'old' },
    });
    expect(checksOf([], 'd')).toEqual({ running: null, last: null });
  });
});
