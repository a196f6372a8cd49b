/** What a progress bar shows, from what the engine tells. */
import type { Progress } from '../../shared/model/job.ts';

/** 0 to 100, or null while the total is not known. Bytes count where there are any, else files. */
export function percentOf(progress: Progress | null): number | null {
  if (progress === null || progress.bytesTotal === null || progress.filesTotal === null)
    return null;
  const [done, total] =
    progress.bytesTotal > 0
      ? [progress.bytesDone, progress.bytesTotal]
      : [progress.filesDone, progress.filesTotal];
  return total === 0 ? 100 : Math.min(100, (done / total) * 100);
}

export interface TimeLeft {
  readonly unit: 'seconds' | 'minutes' | 'hours';
  readonly low: number;
  readonly high: number;
}

const unitSeconds = { seconds: 1, minutes: 60, hours: 3600 } as const;

/** A range in round figures; null where there is nothing to say. */
export function timeLeftOf(progress: Progress | null): TimeLeft | null {
  const left = progress?.secondsLeft ?? null;
  if (left === null) return null;
  const unit = left.high < 90 ? 'seconds' : left.high < 5400 ? 'minutes' : 'hours';
  const size = unitSeconds[unit];
  const low = Math.max(unit === 'seconds' ? 0 : 1, Math.floor(left.low / size));
  return { unit, low, high: Math.max(low, Math.ceil(left.high / size)) };
}

/** For assistive technology, which is not to be told of every percent. */
export function announcedPercent(percent: number | null): number | null {
  return percent === null ? null : Math.floor(percent / 25) * 25;
}
