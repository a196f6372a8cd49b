import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { HoldfastError } from '../../shared/errors.ts';
import {
  waitReasonSchema,
  type CheckResult,
  type Job,
  type WaitReason,
} from '../../shared/model/job.ts';
import { JobHistory } from '../platform/job-history.ts';
import { Jobs, type JobRequest, type JobsPort } from './jobs.ts';

const result: CheckResult = {
  kind: 'check',
  readData: false,
  packsChecked: 1,
  bytesRead: 1,
  snapshotsChecked: 1,
  errorCount: 0,
  findings: [],
  durationMs: 1,
};

async function openAt(path: string, port: JobsPort): Promise<Jobs> {
  const history = new JobHistory(path);
  return new Jobs(history, await history.load(), port);
}

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-jobs-'));
  // The history may still be written when a test is over.
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  const path = join(folder, 'jobs.json');
  const seen: Job[] = [];
  const port = {
    changed: (job: Job) => void seen.push(job),
    pause: vi.fn(async () => null),
    resume: vi.fn(async () => null),
    busy: vi.fn(),
    failed: vi.fn(),
  };
  const jobs = await openAt(path, port);
  return { jobs, port, seen, path };
}

/** A run that ends when the test says so. */
function controlled(destinationId = 'd') {
  const work = Promise.withResolvers<CheckResult>();
  const request: JobRequest = {
    kind: 'check',
    planId: null,
    destinationId,
    run: (_, signal) => {
      signal.addEventListener('abort', () => work.reject(signal.reason as Error));
      return work.promise;
    },
  };
  return { request, work };
}

const waitingFor = (ms: number): Record<WaitReason, number> =>
  Object.fromEntries(waitReasonSchema.options.map((reason) => [reason, ms])) as never;

const until = (condition: () => void | Promise<void>): Promise<void> => vi.waitFor(condition);

describe('Jobs', () => {
  it('runs, tells each change, and keeps the outcome', async () => {
    const { jobs, port, seen, path } = await open();
    const { request, work } = controlled();
    const id = jobs.start(request);
    work.resolve(result);
    await until(() => expect(jobs.find(id).state).toBe('succeeded'));
    expect(seen.map(({ state }) => state)).toEqual(['queued', 'running', 'succeeded']);
    expect(port.busy.mock.calls).toEqual([[true], [false]]);
    await until(async () => expect(await new JobHistory(path).load()).toHaveLength(1));
  });

  it('runs one a destination, and others and restores beside it', async () => {
    const { jobs } = await open();
    const first = controlled('a');
    const second: JobRequest = { ...controlled('a').request, kind: 'backup' };
    const restore: JobRequest = { ...controlled('a').request, kind: 'restore' };
    const firstId = jobs.start(first.request);
    const secondId = jobs.start(second);
    const otherId = jobs.start(controlled('b').request);
    // It only reads, and must not wait for a run that somebody has paused.
    const restoreId = jobs.start(restore);
    expect(jobs.find(restoreId).state).toBe('running');
    expect(jobs.find(secondId).state).toBe('queued');
    expect(jobs.find(otherId).state).toBe('running');
    expect(() => jobs.start(first.request)).toThrow('engine/busy');
    first.work.resolve(result);
    await until(() => expect(jobs.find(secondId).state).toBe('running'));
    expect(jobs.find(firstId).state).toBe('succeeded');
  });

  it('pauses, resumes and cancels', async () => {
    const { jobs, port } = await open();
    const id = jobs.start(controlled().request);
    await jobs.pause(id);
    expect([jobs.find(id).state, port.pause.mock.calls.length]).toEqual(['paused', 1]);
    await expect(jobs.pause(id)).rejects.toThrow('job/not-running');
    await jobs.resume(id);
    expect(jobs.find(id).state).toBe('running');
    jobs.cancel(id);
    expect(jobs.find(id).state).toBe('cancelling');
    await until(() => expect(jobs.find(id).state).toBe('cancelled'));
    expect(() => jobs.cancel(id)).toThrow('job/not-running');
  });

  it('tells progress at most four times a second, and not after the end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { jobs, seen } = await open();
    const { request, work } = controlled();
    const id = jobs.start(request);
    const before = seen.length;
    const progress = {
      phase: 'transferring' as const,
      filesDone: 1,
      filesTotal: null,
      bytesDone: 1,
      bytesTotal: null,
      bytesPerSecond: null,
      secondsLeft: null,
      currentPath: null,
    };
    for (let step = 0; step < 100; step += 1) {
      jobs.progress(id, false, null, progress);
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(seen.length - before).toBeLessThanOrEqual(5);
    expect(seen.length - before).toBeGreaterThanOrEqual(3);
    work.resolve(result);
    await vi.advanceTimersByTimeAsync(1000);
    jobs.progress(id, false, null, progress);
    await vi.advanceTimersByTimeAsync(1000);
    expect(seen.at(-1)?.state).toBe('succeeded');
  });

  it('calls a run interrupted when the engine died or the app quits', async () => {
    const { jobs } = await open();
    const crashed = controlled('a');
    const crashedId = jobs.start(crashed.request);
    crashed.work.reject(new HoldfastError('engine/crashed'));
    await until(() => expect(jobs.find(crashedId).state).toBe('interrupted'));
    const id = jobs.start(controlled('b').request);
    await jobs.interruptAll();
    expect(jobs.find(id).state).toBe('interrupted');
  });

  it('leaves a trace of a run that a crash cut off', async () => {
    const { jobs, path, port } = await open();
    const { request, work } = controlled();
    const id = jobs.start(request);
    // As after a power cut: another process reads what is on the disk now.
    await until(async () => {
      const [found] = (await openAt(path, port)).list();
      expect(found).toMatchObject({ id, state: 'interrupted' });
    });
    work.resolve(result);
    await until(() => expect(jobs.find(id).state).toBe('succeeded'));
  });

  it('keeps a history that cannot be read aside, and says so', async () => {
    const { path, port } = await open();
    writeFileSync(path, '{ "version": 1, "jobs": [ half');
    const history = new JobHistory(path);
    expect(new Jobs(history, await history.load(), port).list()).toEqual([]);
    expect(history.notice).toBe('settings/history-unreadable');
    const kept = readdirSync(dirname(path)).filter((name) => name.includes('unreadable'));
    expect(kept).toHaveLength(1);
  });

  it('begins anew by itself when what it waits for is there, and lets the machine sleep meanwhile', async () => {
    const { port, path } = await open();
    const jobs = new Jobs(new JobHistory(path), [], port, waitingFor(30));
    let tries = 0;
    const id = jobs.start({
      kind: 'backup',
      planId: 'p',
      destinationId: 'd',
      run: async () => {
        tries += 1;
        if (tries < 4) throw new HoldfastError('backend/unavailable');
        return result;
      },
      waitsFor: () => 'destination-away',
    });
    await until(() => expect(jobs.find(id).waiting).toBe('destination-away'));
    expect(port.busy.mock.calls.at(-1)).toEqual([false]);
    expect(jobs.isBusy('d')).toBe(true);
    await until(() => expect(jobs.find(id).state).toBe('succeeded'));
    expect(tries).toBe(4);
    expect(jobs.find(id).waiting).toBeNull();
    // Said once, and not at every try.
    expect(port.failed).toHaveBeenCalledTimes(1);
    await until(async () => expect(await new JobHistory(path).load()).toHaveLength(1));
  });

  it('waits for the person as long as it takes, and goes on when it is woken', async () => {
    const { jobs, port } = await open();
    let isSignedIn = false;
    const run = async (): Promise<CheckResult> => {
      if (!isSignedIn) throw new HoldfastError('drive/sign-in-ended');
      return result;
    };
    const request = {
      kind: 'backup',
      planId: 'p',
      run,
      waitsFor: (): WaitReason => 'sign-in',
    } as const;
    const id = jobs.start({ ...request, destinationId: 'd' });
    const other = jobs.start({ ...request, destinationId: 'e' });
    await until(() => expect(jobs.find(id).waiting).toBe('sign-in'));
    expect(jobs.find(id)).toMatchObject({
      state: 'running',
      waitError: { code: 'drive/sign-in-ended' },
      triesAgainAt: null,
    });
    // In vain: that is told anew, for the window must ask again.
    jobs.wake('d');
    await until(() => expect(port.failed).toHaveBeenCalledTimes(3));
    isSignedIn = true;
    jobs.wake('d');
    await until(() => expect(jobs.find(id).state).toBe('succeeded'));
    expect(jobs.find(id)).toMatchObject({ waiting: null, waitError: null });
    expect(jobs.find(other).waiting).toBe('sign-in');
    jobs.cancel(other);
    await until(() => expect(jobs.find(other).state).toBe('cancelled'));
  });

  it('tells for what and until when, and waits as long as the storage asked', async () => {
    const { jobs } = await open();
    const hoursAway = (id: string): number =>
      (Date.parse(jobs.find(id).triesAgainAt ?? '') - Date.now()) / 3_600_000;
    const start = (destinationId: string, waiting: WaitReason, error: HoldfastError): string =>
      jobs.start({
        kind: 'backup',
        planId: destinationId,
        destinationId,
        run: () => Promise.reject(error),
        waitsFor: () => waiting,
      });
    const full = start('d', 'day-limit', new HoldfastError('drive/daily-upload-limit'));
    const asked = new HoldfastError('backend/slow-down', { context: { retryAfterMs: 7_200_000 } });
    const slow = start('e', 'slow-down', asked);
    await until(() => expect(jobs.find(slow).waiting).toBe('slow-down'));
    expect(jobs.find(full).waitError).toMatchObject({ code: 'drive/daily-upload-limit' });
    expect(hoursAway(full)).toBeGreaterThan(2.9);
    expect(hoursAway(slow)).toBeGreaterThan(1.9);
    jobs.cancel(full);
    jobs.cancel(slow);
    await until(() => expect(jobs.find(slow).state).toBe('cancelled'));
  });

  it('can be cancelled while it waits, and ends with the app', async () => {
    const { port, path } = await open();
    const jobs = new Jobs(new JobHistory(path), [], port, waitingFor(60_000));
    const start = (destinationId: string): string =>
      jobs.start({
        kind: 'backup',
        planId: destinationId,
        destinationId,
        run: () => Promise.reject(new HoldfastError('backend/offline')),
        waitsFor: () => 'offline',
      });
    const [first, second] = [start('d'), start('e')];
    await until(() => expect(jobs.find(second).waiting).toBe('offline'));
    jobs.cancel(first);
    await until(() => expect(jobs.find(first).state).toBe('cancelled'));
    await jobs.interruptAll();
    expect(jobs.find(second).state).toBe('interrupted');
    await until(async () => expect(await new JobHistory(path).load()).toHaveLength(2));
  });
});
