// Every check and every test, one after the other, with a closing line that counts them. All run even when one
// fails, so that one run tells everything. `--only name,name` runs some of them.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { failedInPlaywright, failedInVitest } from './failed-tests.ts';
import { projectRoot } from './setup.mjs';

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Reads the counts that the tool itself reported; without it the step counts as one. */
  readonly count?: () => Count;
  /** Names of the tests that failed, from the same report. */
  readonly failures?: () => string[];
}

const reports = join(projectRoot, 'node_modules', '.cache', 'holdfast', 'reports');

/** `files`: only those; all by default. */
function vitest(
  name: string,
  environment: Record<string, string>,
  files: readonly string[] = [],
): Step {
  const report = join(reports, `${name}.json`);
  return {
    name,
    command: [
      'vitest',
      'run',
      ...files,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    environment,
    count: () => {
      const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites, success } =
        JSON.parse(readFileSync(report, 'utf8')) as Record<string, number> & { success: boolean };
      const failed =
        (numFailedTests ?? 0) + (numFailedTests === 0 ? (numFailedTestSuites ?? 0) : 0);
      return {
        passed: numPassedTests ?? 0,
        failed: failed === 0 && !success ? 1 : failed,
        skipped: numPendingTests ?? 0,
      };
    },
    failures: () => failedInVitest(JSON.parse(readFileSync(report, 'utf8')), projectRoot),
  };
}

const playwrightReport = join(reports, 'e2e.json');

const steps: readonly Step[] = [
  { name: 'types', command: ['tsc', '-b', '--pretty', 'false'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings', '.'] },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'dead-code', command: ['knip'] },
  vitest('unit', {}),
  vitest('slow', { HOLDFAST_SLOW_TESTS: '1' }),
  {
    name: 'e2e',
    command: ['playwright', 'test', '-c', 'e2e/playwright.config.ts'],
    environment: { PLAYWRIGHT_JSON_OUTPUT_FILE: playwrightReport },
    count: () => {
      const { stats } = JSON.parse(readFileSync(playwrightReport, 'utf8')) as {
        stats: { expected: number; unexpected: number; flaky: number; skipped: number };
      };
      return {
        passed: stats.expected,
        failed: stats.unexpected + stats.flaky,
        skipped: stats.skipped,
      };
    },
    failures: () => failedInPlaywright(JSON.parse(readFileSync(playwrightReport, 'utf8'))),
  },
  { name: 'package', command: ['node', 'scripts/check-package.ts'] },
];

/** Parts of other steps, for who wants just them. */
const partialSteps: readonly Step[] = [
  vitest('crash', { HOLDFAST_SLOW_TESTS: '1' }, ['cli/crash.slow.test.ts']),
];

const quickSteps = new Set(['types', 'lint', 'format', 'dead-code', 'unit']);

function selected(): readonly Step[] {
  const args = process.argv.slice(2);
  // The long forms of the slow tests.
  if (args.includes('--full')) process.env['HOLDFAST_FULL_TESTS'] = '1';
  if (args.includes('--quick')) return steps.filter((step) => quickSteps.has(step.name));
  const only = args[args.indexOf('--only') + 1];
  if (!args.includes('--only') || only === undefined) return steps;
  return [...steps, ...partialSteps].filter((step) => only.split(',').includes(step.name));
}

async function run(step: Step): Promise<Count> {
  const [command = '', ...args] = step.command;
  const startedMs = Date.now();
  process.stdout.write(`\n== ${step.name}\n`);
  const status = await new Promise<number>((resolve) => {
    const child = spawn(command, args, {
      cwd: projectRoot,
      env: { ...process.env, ...step.environment },
      stdio: 'inherit',
      shell: process.platform === 'win32',
    });
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 1));
  });
  const count = countOf(step, status);
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(
    `== ${step.name}: ${String(count.passed)} passed, ${String(count.failed)} failed (${seconds} s)\n`,
  );
  return count;
}

function countOf(step: Step, status: number): Count {
  const one = { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
  if (step.count === undefined) return one;
  try {
    const count = step.count();
    // A tool that ends badly without a failed test (it crashed, or found no test) has failed all the same.
    const silent = status !== 0 && count.failed === 0;
    const empty = count.passed + count.failed === 0;
    return silent || empty ? { ...count, failed: 1 } : count;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** What a step that failed can say of it; without a report only that it did. */
function failuresOf({ name, failures }: Step): string[] {
  try {
    const names = failures?.() ?? [];
    return names.length > 0 ? names : [name];
  } catch {
    return [`${name} (ended without a report)`];
  }
}

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
const total = { passed: 0, failed: 0, skipped: 0 };
const failedSteps: string[] = [];
const failedTests: string[] = [];
for (const step of selected()) {
  const count = await run(step);
  total.passed += count.passed;
  total.failed += count.failed;
  total.skipped += count.skipped;
  if (count.failed === 0) continue;
  failedSteps.push(step.name);
  failedTests.push(...failuresOf(step));
}
if (failedSteps.length > 0) {
  process.stdout.write(`\nFailed: ${failedSteps.join(', ')}\n`);
  // At the very end: often nothing but the end of the output is kept.
  for (const test of failedTests) process.stdout.write(`  ${test}\n`);
}
const skipped = total.skipped > 0 ? `, ${String(total.skipped)} skipped` : '';
process.stdout.write(
  `\n${String(total.passed)} passed, ${String(total.failed)} failed${skipped}\n`,
);
process.exit(total.failed === 0 ? 0 : 1);
