import { describe, expect, it } from 'vitest';
import type { Archive } from '../../../shared/model/archive.ts';
import { groupByDay } from './group-by-day.ts';

function archive(time: Date): Archive {
  return {
    id: time.toISOString(),
    shortId: '01234567',
    time: time.toISOString(),
    hostname: 'anna',
    username: null,
    paths: [],
    tags: [],
    programVersion: null,
    totalFiles: null,
    totalBytes: null,
    bytesAdded: null,
  };
}

function daysOf(times: readonly Date[], now: Date) {
  return groupByDay(times.map(archive), now).map(({ day, daysAgo, archives }) => ({
    day,
    daysAgo,
    count: archives.length,
  }));
}

describe('archives by day', () => {
  const now = new Date(2026, 10, 17, 0, 30);

  it('are of today and yesterday by the calendar, not by 24 hours', () => {
    const times = [
      new Date(2026, 10, 17, 0, 10),
      new Date(2026, 10, 16, 23, 50),
      new Date(2026, 10, 16, 1, 0),
    ];
    expect(daysOf(times, now)).toEqual([
      { day: '2026-11-17', daysAgo: 0, count: 1 },
      { day: '2026-11-16', daysAgo: 1, count: 2 },
    ]);
  });

  it('keep their order inside a day, and the days theirs', () => {
    const times = [new Date(2026, 10, 5, 9), new Date(2026, 10, 5, 8), new Date(2025, 10, 5, 9)];
    const groups = groupByDay(times.map(archive), now);
    expect(groups.flatMap(({ archives }) => archives.map(({ time }) => time))).toEqual(
      times.map((time) => time.toISOString()),
    );
    expect(groups.map(({ daysAgo }) => daysAgo)).toEqual([12, 377]);
  });

  it('count whole days over a change of the clocks, wherever there is one', () => {
    const groups = groupByDay([archive(new Date(2026, 2, 1, 0, 5))], new Date(2026, 3, 1, 23, 55));
    expect(groups[0]?.daysAgo).toBe(31);
  });

  it('may lie in the future, when another clock was wrong', () => {
    expect(daysOf([new Date(2026, 10, 19, 9)], now)[0]?.daysAgo).toBe(-2);
  });
});
