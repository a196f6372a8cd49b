import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { temporaryFolder } from '../../electron/engine/testing/temporary-folder.ts';
import { runCli } from '../testing/run-cli.ts';

const KEY = '0123456789abcdef'.repeat(4);

function scene() {
  const root = temporaryFolder();
  const source = join(root, 'source');
  mkdirSync(join(source, 'node_modules'), { recursive: true });
  writeFileSync(join(source, 'letter'), 'x'.repeat(10));
  writeFileSync(join(source, 'a.tmp'), 'x'.repeat(2048));
  writeFileSync(join(source, 'b.tmp'), 'x');
  writeFileSync(join(source, 'node_modules', 'index.js'), 'x'.repeat(3000));
  writeFileSync(join(root, 'list'), '\uFEFF# remark\r\n\r\n*.tmp\r\n!b.tmp\r\n');
  const rules = ['--exclude-file', join(root, 'list'), '--exclude-preset', 'build-output'];
  return { root, source, rules };
}

it('shows what is left out without repository and secret', async () => {
  const { source, rules } = scene();
  const shown = await runCli(['exclusions', source, ...rules]);
  expect(shown.exitCode).toBe(0);
  expect(shown.stdout.split('\n')).toEqual([
    'To back up: 2 files, 11 B',
    'Left out:   2 files, 4.9 KiB',
    '  preset build-output  1 files  2.9 KiB',
    '  *.tmp                1 files  2.0 KiB',
    '',
  ]);
  const { lines } = await runCli(['exclusions', '--json', source, ...rules]);
  expect(lines).toEqual([
    {
      message_type: 'exclusions',
      total_files: 2,
      total_bytes: 11,
      unreadable: 0,
      excluded_files: 2,
      excluded_bytes: 5048,
      excluded: [
        { kind: 'preset', preset: 'build-output', entries: 1, files: 1, bytes: 3000 },
        { kind: 'pattern', pattern: '*.tmp', entries: 1, files: 1, bytes: 2048 },
      ],
    },
  ]);
});

it('leaves out the same in a backup, and counts it apart from what could not be read', async () => {
  const { root, source, rules } = scene();
  const cli = (...args: string[]) =>
    runCli(['--repo', join(root, 'repo'), ...args], { env: { HOLDFAST_SECRET: KEY } });
  await cli('init');
  const { lines, exitCode } = await cli('backup', '--json', source, ...rules);
  expect(exitCode).toBe(0);
  expect(lines.at(-1)).toMatchObject({
    total_files_processed: 2,
    total_bytes_processed: 11,
    entries_left_out: 2,
    warning_count: 0,
  });
  const listed = await cli('snapshots', '--json');
  expect(listed.exitCode).toBe(0);
});

it.each([
  [['--exclude', '[a'], 'is not complete'],
  [['--exclude', '**'], 'has no name in it'],
  [['--exclude-preset', 'everything'], '--exclude-preset knows caches'],
  [['--exclude-preset', 'cloud-placeholders', '--cloud-files', 'fetch'], 'exclude each other'],
  [['--exclude-larger-than', 'much'], '--exclude-larger-than needs a size'],
  [['--exclude-if-present', 'a/b'], 'needs the name of a file'],
  [['--exclude-file', '/nowhere/at/all'], 'cannot be read (ENOENT)'],
])('refuses %j', async (args, problem) => {
  const { source } = scene();
  const refused = await runCli(['exclusions', source, ...args]);
  expect(refused.stderr).toContain(problem);
  expect(refused.exitCode).not.toBe(0);
});
