import { expect, it } from 'vitest';
import { failedInPlaywright, failedInVitest } from './failed-tests.ts';

it('names what failed in a report of vitest, and files that did not load', () => {
  const report = {
    testResults: [
      {
        name: '/root/a/one.test.ts',
        status: 'failed',
        assertionResults: [
          { fullName: 'a group does this', status: 'failed' },
          { fullName: 'a group does that', status: 'passed' },
        ],
      },
      { name: '/root/two.test.ts', status: 'failed', assertionResults: [] },
      { name: '/root/three.test.ts', status: 'passed', assertionResults: [] },
    ],
  };
  expect(failedInVitest(report, '/root')).toEqual([
    'a/one.test.ts: a group does this',
    'two.test.ts: the whole file',
  ]);
});

it('names what failed, or passed only the second time, in a report of Playwright', () => {
  const spec = (title: string, status: string) => ({ title, tests: [{ status }] });
  const report = {
    errors: [{ message: 'no tests found\n    at somewhere' }],
    suites: [
      {
        title: 'one.spec.ts',
        file: 'one.spec.ts',
        specs: [spec('opens', 'expected'), spec('closes', 'unexpected')],
        suites: [{ title: 'a group', file: 'one.spec.ts', specs: [spec('blinks', 'flaky')] }],
      },
    ],
  };
  expect(failedInPlaywright(report)).toEqual([
    'one.spec.ts: closes',
    'one.spec.ts: a group blinks',
    'outside of any test: no tests found',
  ]);
});
