/** Names of the tests that failed, from the JSON reports of vitest and Playwright: of a long run often only the end of the output is kept. */
import { relative } from 'node:path';

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

interface PlaywrightSuite {
  readonly title: string;
  readonly file: string;
  readonly specs: readonly {
    readonly title: string;
    readonly tests: readonly { readonly status: string }[];
  }[];
  readonly suites?: readonly PlaywrightSuite[];
}

interface PlaywrightReport {
  readonly suites: readonly PlaywrightSuite[];
  /** What went wrong outside of any test. */
  readonly errors?: readonly { readonly message?: string }[];
}

/** `file: name of the test`. A file that could not even be loaded is there without a test. `root`: what paths are told relative to. */
export function failedInVitest(report: unknown, root: string): string[] {
  return (report as VitestReport).testResults.flatMap(({ name, status, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [`${file}: the whole file`] : [];
    return failed.map(({ fullName }) => `${file}: ${fullName}`);
  });
}

/** The same of Playwright, where a test that passed only when it was tried again has failed too. */
export function failedInPlaywright(report: unknown): string[] {
  const { suites, errors = [] } = report as PlaywrightReport;
  return [
    ...suites.flatMap((suite) => failedIn(suite, [])),
    ...errors.map(({ message = '' }) => `outside of any test: ${message.split('\n')[0] ?? ''}`),
  ];
}

function failedIn(suite: PlaywrightSuite, above: readonly string[]): string[] {
  // The outermost suite is the file itself.
  const titles = suite.title === suite.file ? above : [...above, suite.title];
  const own = suite.specs
    .filter(({ tests }) =>
      tests.some(({ status }) => status === 'unexpected' || status === 'flaky'),
    )
    .map(({ title }) => `${suite.file}: ${[...titles, title].join(' ')}`);
  return [...own, ...(suite.suites ?? []).flatMap((inner) => failedIn(inner, titles))];
}
