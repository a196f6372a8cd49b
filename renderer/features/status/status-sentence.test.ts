import { describe, expect, it } from 'vitest';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import type { Job } from '../../../shared/model/job.ts';
import { noExclusionOptions } from '../../../shared/model/exclusion-options.ts';
import type { Plan } from '../../../shared/model/plan.ts';
import { sampleResult } from '../../testing/sample-data.ts';
import { overallSentence, sentenceFor } from './status-sentence.ts';

const now = new Date('2026-11-23T14:10:00');
const plan: Plan = {
  id: 'p',
  name: 'Backup',
  sources: ['/a'],
  excludes: [],
  exclusionOptions: noExclusionOptions,
  cloudFiles: 'skip',
  destinationId: 'd',
  createdAt: '',
  foldersAddedAt: null,
};
const destination = (status: DestinationView['status']) => ({ status }) as DestinationView;
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);

/** A run that began at a moment and took half an hour. */
const job = (state: Job['state'], startedAt: Date | null, planId = 'p'): Job => ({
  id: String(startedAt),
  kind: 'backup',
  planId,
  destinationId: 'd',
  state,
  createdAt: hoursAgo(0).toISOString(),
  startedAt: startedAt?.toISOString() ?? null,
  finishedAt:
    startedAt === null || state === 'running'
      ? null
      : new Date(startedAt.getTime() + 1_800_000).toISOString(),
  progress: null,
  waiting: null,
  waitError: null,
  triesAgainAt: null,
  result: null,
  error: null,
});
const ready = destination('ready');

describe('the sentence of Status', () => {
  it('says what is so', () => {
    const kindOf = (jobs: readonly Job[], view = ready) => sentenceFor(plan, view, jobs, now).kind;
    expect(kindOf([])).toBe('never');
    const waiting = { ...job('running', hoursAgo(1)), waiting: 'sign-in' } as const;
    expect(kindOf([waiting])).toBe('signed-out');
    expect(kindOf([], destination('icloud-off'))).toBe('icloud-off');
    expect(kindOf([job('succeeded', hoursAgo(1), 'other')])).toBe('never');
    expect(kindOf([job('cancelled', hoursAgo(1))])).toBe('never');
    expect(kindOf([job('succeeded', hoursAgo(1))])).toBe('protected');
    expect(kindOf([job('warnings', hoursAgo(1))])).toBe('protected');
    expect(kindOf([job('succeeded', hoursAgo(9 * 24))])).toBe('old');
    expect(kindOf([job('succeeded', hoursAgo(5)), job('failed', hoursAgo(1))])).toBe('failed');
    expect(kindOf([job('interrupted', hoursAgo(1))])).toBe('failed');
    expect(kindOf([job('succeeded', hoursAgo(5)), job('cancelled', hoursAgo(1))])).toBe(
      'protected',
    );
    expect(kindOf([job('failed', hoursAgo(5)), job('running', hoursAgo(0))])).toBe('running');
    expect(kindOf([job('queued', null)])).toBe('running');
    expect(kindOf([job('succeeded', hoursAgo(1))], destination('unreachable'))).toBe('unreachable');
    expect(kindOf([job('succeeded', hoursAgo(1))], destination('locked'))).toBe('locked');
  });

  it('promises the moment at which the run began, not at which it ended', () => {
    const good = job('succeeded', hoursAgo(1));
    const expected = { protectedAt: good.startedAt };
    expect(sentenceFor(plan, ready, [good], now)).toMatchObject(expected);
    expect(sentenceFor(plan, ready, [good, job('failed', hoursAgo(0))], now)).toMatchObject(
      expected,
    );
    expect(sentenceFor(plan, ready, [job('failed', hoursAgo(0))], now)).toEqual({
      kind: 'failed',
      protectedAt: null,
    });
  });

  it('tells today from earlier, and counts the days', () => {
    const after = (hours: number) =>
      sentenceFor(plan, ready, [job('succeeded', hoursAgo(hours))], now);
    expect(after(1)).toMatchObject({ isToday: true });
    expect(after(20)).toMatchObject({ isToday: false });
    expect(after(9 * 24 + 1)).toMatchObject({ days: 9 });
  });

  it('never hides bad news of one plan behind another', () => {
    const good = { kind: 'protected' as const, protectedAt: '', isToday: true };
    const old = { kind: 'old' as const, days: 9, protectedAt: '' };
    const running = {
      kind: 'running' as const,
      job: job('running', hoursAgo(0)),
      protectedAt: null,
    };
    expect(overallSentence([good, old]).kind).toBe('old');
    expect(overallSentence([good, running]).kind).toBe('running');
    expect(overallSentence([running]).kind).toBe('running');
    expect(overallSentence([running, { kind: 'unreachable', protectedAt: null }]).kind).toBe(
      'unreachable',
    );
    expect(overallSentence([]).kind).toBe('no-plan');
  });

  it('never claims more than an archive holds', () => {
    const good = job('succeeded', hoursAgo(1));
    const partly: Job = {
      ...job('warnings', hoursAgo(1)),
      result: { ...sampleResult, warningCount: 2 },
    };
    expect(sentenceFor(plan, ready, [partly], now)).toMatchObject({ kind: 'partly', missing: 2 });
    const later = { ...plan, foldersAddedAt: hoursAgo(0.2).toISOString() };
    expect(sentenceFor(later, ready, [good], now)).toMatchObject({
      kind: 'partly',
      missing: 0,
      hasNewFolders: true,
    });
    const earlier = { ...plan, foldersAddedAt: hoursAgo(2).toISOString() };
    expect(sentenceFor(earlier, ready, [good], now).kind).toBe('protected');
  });

  it('does not say "never" where it cannot know', () => {
    expect(sentenceFor(plan, ready, [], now).kind).toBe('never');
    expect(sentenceFor(plan, ready, [], now, true).kind).toBe('unknown');
  });
});
