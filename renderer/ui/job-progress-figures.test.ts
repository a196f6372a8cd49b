import { describe, expect, it } from 'vitest';
import type { Progress } from '../../shared/model/job.ts';
import { announcedPercent, percentOf, timeLeftOf } from './job-progress-figures.ts';

const progress: Progress = {
  phase: 'transferring',
  filesDone: 1,
  filesTotal: 4,
  bytesDone: 25,
  bytesTotal: 50,
  bytesPerSecond: 1,
  secondsLeft: { low: 200, high: 290 },
  currentPath: null,
};

describe('figures of a run', () => {
  it('counts bytes, and files where there are no bytes', () => {
    expect(percentOf(progress)).toBe(50);
    expect(percentOf({ ...progress, bytesTotal: 0, bytesDone: 0 })).toBe(25);
    expect(percentOf({ ...progress, bytesTotal: null })).toBeNull();
    expect(percentOf({ ...progress, bytesDone: 99 })).toBe(100);
    expect(percentOf(null)).toBeNull();
  });

  it('gives the time left as a range', () => {
    expect(timeLeftOf(progress)).toEqual({ unit: 'minutes', low: 3, high: 5 });
    expect(timeLeftOf({ ...progress, secondsLeft: { low: 4, high: 9 } })).toEqual({
      unit: 'seconds',
      low: 4,
      high: 9,
    });
    expect(timeLeftOf({ ...progress, secondsLeft: { low: 5000, high: 8000 } })).toEqual({
      unit: 'hours',
      low: 1,
      high: 3,
    });
    expect(timeLeftOf({ ...progress, secondsLeft: null })).toBeNull();
  });
});

describe('announcedPercent', () => {
  it('changes four times in a run', () => {
    expect([null, 0, 24.9, 25, 99.9, 100].map(announcedPercent)).toEqual([null, 0, 0, 25, 75, 100]);
  });
});
