import { describe, expect, it } from 'vitest';
import type { Progress, Warning } from '../../shared/model/job.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { Clock } from './ports.ts';
import { ProgressMeter } from './progress-meter.ts';
import { RunningJob } from './running-job.ts';
import { WarningList } from './warning-list.ts';

class HandClock implements Clock {
  ms = 0;
  nowNs = () => BigInt(this.ms) * 1_000_000n;
  monotonicMs = () => this.ms;
  sleep = () => Promise.resolve();
}

function meterAndProgress() {
  const clock = new HandClock();
  const told: Progress[] = [];
  const meter = new ProgressMeter(clock, {
    signal: new AbortController().signal,
    whenRunning: () => Promise.resolve(),
    progress: (progress) => told.push(progress),
    warning: () => undefined,
  });
  return { clock, meter, last: () => told.at(-1) };
}

const MIB = 1024 * 1024;

describe('progress meter', () => {
  it('says nothing about time before it can know, then gives a range around the truth', () => {
    const { clock, meter, last } = meterAndProgress();
    meter.phase('transferring');
    meter.add(0, 0);
    expect(last()).toMatchObject({
      filesTotal: null,
      bytesTotal: null,
      bytesPerSecond: null,
      secondsLeft: null,
    });
    meter.totals(10, 100 * MIB);
    for (let second = 1; second <= 10; second += 1) {
      clock.ms += 1000;
      meter.add(0, 5 * MIB);
    }
    expect(last()).toMatchObject({
      bytesDone: 50 * MIB,
      bytesTotal: 100 * MIB,
      bytesPerSecond: 5 * MIB,
    });
    expect(last()?.secondsLeft?.low).toBeLessThanOrEqual(10);
    expect(last()?.secondsLeft?.high).toBeGreaterThanOrEqual(10);
  });

  it('never shows more done than there is', () => {
    const { meter, last } = meterAndProgress();
    meter.totals(1, 10);
    meter.add(3, 25);
    expect(last()).toMatchObject({ filesDone: 3, filesTotal: 3, bytesDone: 25, bytesTotal: 25 });
  });

  it('does not count pauses', async () => {
    const clock = new HandClock();
    const told: Progress[] = [];
    const job = new RunningJob(clock, new AbortController().signal, {
      progress: (p) => told.push(p),
    });
    const meter = new ProgressMeter(clock, job);
    meter.totals(2, 20 * MIB);
    clock.ms += 1000;
    meter.add(0, MIB);
    job.pause();
    // Two tasks wait at once: the pause counts once all the same.
    const waiting = Promise.all([meter.step(), meter.step()]);
    clock.ms += 3_600_000;
    job.resume();
    await waiting;
    clock.ms += 1000;
    meter.add(0, MIB);
    expect(told.at(-1)?.bytesPerSecond).toBe(MIB);
    job.end();
  });
});

describe('running job', () => {
  it('tells progress at most four times a second, and the pause', () => {
    const clock = new HandClock();
    const told: [number, boolean][] = [];
    const job = new RunningJob(clock, new AbortController().signal, {
      progress: (progress, paused) => told.push([progress.filesDone, paused]),
    });
    const meter = new ProgressMeter(clock, job);
    for (let file = 1; file <= 1000; file += 1) {
      clock.ms += 10;
      meter.add(1, 0);
    }
    // Ten seconds: at once, and then every quarter second; timers do not run in between.
    expect(told.length).toBeLessThanOrEqual(41);
    job.end();
  });

  it('ends waiting for a resume when it is cancelled, with the reason that says so', async () => {
    const cancel = new AbortController();
    const job = new RunningJob(new HandClock(), cancel.signal, { progress: () => undefined });
    job.pause();
    const waiting = job.whenRunning();
    cancel.abort(new Error('anything'));
    await expect(waiting).rejects.toMatchObject({ code: 'job/cancelled' });
    expect(job.signal.reason).toBeInstanceOf(HoldfastError);
    job.resume();
    expect(() => {
      job.signal.throwIfAborted();
    }).toThrow(expect.objectContaining({ code: 'job/cancelled' }));
  });
});

describe('warning list', () => {
  it('counts all that count and lists a thousand', () => {
    const told: Warning[] = [];
    const list = new WarningList({ warning: (warning) => told.push(warning) });
    list.add('/cache', 'cache-inside-source');
    for (let file = 0; file < 1500; file += 1) list.add(`/${file}`, 'unreadable', 'EIO');
    expect([list.count, list.listed.length, told.length]).toEqual([1500, 1000, 1501]);
  });
});
