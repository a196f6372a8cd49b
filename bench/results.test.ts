import { expect, test } from 'vitest';
import { median, renderRun, withSection, type Run, type Sample } from './results.ts';

function sample(program: Sample['program'], wallSeconds: number, peakMib = 100): Sample {
  return {
    program,
    step: 'first backup',
    wallSeconds,
    cpuSeconds: wallSeconds,
    peakBytes: peakMib * 1024 * 1024,
    keySeconds: 1,
    repositoryBytes: 1000,
  };
}

function runOf(dataSet: Run['dataSet'], samples: readonly Sample[]): Run {
  return {
    dataSet,
    heading: 'Data, warm',
    facts: ['today'],
    programs: [
      { id: 'holdfast', label: 'Holdfast', keyCosts: ['a', 'a'] },
      { id: 'restic', label: 'restic', keyCosts: ['a', 'b'] },
    ],
    samples,
  };
}

function lineOf(text: string, figure: string): string | undefined {
  return text.split('\n').find((line) => line.includes(`| ${figure} `));
}

test('the median is the middle one, or the mean of the two in the middle', () => {
  expect(median([10, 1, 3])).toBe(3);
  expect(median([4, 1, 2, 10])).toBe(3);
});

test('ratios are of medians, and the bar of the data set stands beside them', () => {
  const walls = [sample('holdfast', 6), sample('holdfast', 4), sample('holdfast', 5)];
  const text = renderRun(runOf('mixed', [...walls, sample('restic', 10)]));
  expect(lineOf(text, 'wall, s')).toMatch(
    /5\.00 \(4\.00–6\.00\) \| +10\.00 \| +0\.50 \| ≤ 0\.60 × restic: reached +\|$/u,
  );
  expect(lineOf(text, 'wall without key, s')).toMatch(/ 4\.00 \| +9\.00 \| +0\.44 /u);
});

test('a bar on memory allows its constant on top', () => {
  const with210 = [sample('holdfast', 1, 210), sample('restic', 1, 100)];
  const with230 = [sample('holdfast', 1, 230), sample('restic', 1, 100)];
  expect(renderRun(runOf('million', with210))).toContain('≤ 1.00 × restic + 120: reached');
  expect(renderRun(runOf('million', with230))).toContain('≤ 1.00 × restic + 120: missed');
});

test('a section takes the place of the one of the same name and leaves the others', () => {
  const two = withSection(withSection('', '## One\n\nold'), '## Two\n\nkept');
  const renewed = withSection(two, '## One\n\nnew');
  expect(renewed).toMatch(/^# Holdfast beside .*## One\n\nnew\n\n## Two\n\nkept\n$/su);
});
