import * as fs from 'node:fs/promises';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { iCloudStub } from '../electron/engine/testing/icloud-stub.ts';
import { HoldfastError } from '../shared/errors.ts';
import { runCli, type CliOptions, type CliRun } from './testing/run-cli.ts';

const KEY = '0123456789abcdef'.repeat(4);
const SPELLED_KEY = KEY.toUpperCase().replace(/(.{4})/gu, '$1 ');
const OTHER_KEY = 'fedcba9876543210'.repeat(4);
const COMMANDS = [
  'init',
  'backup',
  'snapshots',
  'ls',
  'restore',
  'check',
  'forget',
  'prune',
  'repair',
  'repair index',
  'unlock',
  'cat',
  'version',
  'key',
  'key list',
  'key add',
  'key remove',
  'key passwd',
];

let folder: string;
let repo: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
  repo = join(folder, 'repo');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

async function cli(args: string, options: CliOptions = {}): Promise<CliRun> {
  const env = options.env ?? { HOLDFAST_SECRET: KEY };
  return await runCli(['--repo', repo, ...args.split(' ')], { ...options, env });
}

async function secretFile(text: string | Buffer): Promise<string> {
  const path = join(folder, `secret-${Math.random()}`);
  await fs.writeFile(path, text);
  return path;
}

async function sources(): Promise<string> {
  const path = join(folder, 'source');
  await fs.mkdir(join(path, 'sub'), { recursive: true });
  await fs.writeFile(join(path, 'a.txt'), 'hello');
  await fs.writeFile(join(path, 'sub', 'b.txt'), 'b'.repeat(5000));
  await fs.writeFile(join(path, 'sub', 'left-out.tmp'), 'x');
  return path;
}

describe('a whole life', () => {
  it('init, backup, snapshots, ls, restore, check, cat, unlock', async () => {
    const source = await sources();
    expect(await cli('init')).toMatchObject({ exitCode: 0, stderr: '' });
    const made = await cli(`backup ${source} --exclude *.tmp --tag first --json`);
    expect(made.exitCode).toBe(0);
    expect(made.lines.at(-1)).toMatchObject({
      message_type: 'summary',
      files_new: 2,
      files_changed: 0,
      total_files_processed: 2,
      total_bytes_processed: 5005,
      warning_count: 0,
      parent: null,
    });
    const id = made.lines.at(-1)?.['snapshot_id'] as string;
    expect(id).toMatch(/^[0-9a-f]{64}$/u);
    const again = await cli(`backup ${source} --exclude *.tmp --json`);
    expect(again.lines.at(-1)).toMatchObject({ files_new: 0, files_unmodified: 2, parent: id });

    const listed = await cli('snapshots --json');
    expect(listed.lines).toMatchObject([
      { message_type: 'snapshot', id, paths: [source], tags: ['first'] },
      { message_type: 'snapshot', parent: id },
      { message_type: 'summary', snapshot_count: 2 },
    ]);
    expect((await cli(`snapshots --path ${folder}`)).stdout).toContain('0 snapshots');
    expect((await cli('snapshots')).stdout).toContain(id.slice(0, 8));

    const files = await cli(`ls ${id.slice(0, 8)} ${source}`);
    expect(files.stdout.trim().split('\n')).toEqual([
      `${source}/a.txt`,
      `${source}/sub`,
      `${source}/sub/b.txt`,
    ]);

    const target = join(folder, 'target');
    const restored = await cli(`restore latest --target ${target} --json`);
    expect(restored).toMatchObject({ exitCode: 0 });
    expect(restored.lines.at(-1)).toMatchObject({ files_restored: 2, bytes_restored: 5005 });
    expect(await fs.readFile(join(target, source, 'a.txt'), 'utf8')).toBe('hello');
    const part = join(folder, 'part');
    await cli(`restore ${id} --target ${part} --include ${source}/sub`);
    expect(await fs.readdir(join(part, source))).toEqual(['sub']);

    const checked = await cli('check --read-data --json');
    expect(checked.exitCode).toBe(0);
    expect(checked.lines.at(-1)).toMatchObject({ error_count: 0, snapshots_checked: 2 });
    expect(JSON.parse((await cli('cat config')).stdout)).toMatchObject({ version: 2 });
    expect(JSON.parse((await cli(`cat snapshot ${id.slice(0, 6)}`)).stdout)).toMatchObject({
      paths: [source],
    });
    expect((await cli('unlock --json')).lines).toEqual([{ message_type: 'summary', removed: 0 }]);
    expect(await fs.readdir(join(repo, 'locks'))).toEqual([]);
  });

  it('key list, add, passwd, remove', async () => {
    await cli('init');
    const other = await secretFile(`${OTHER_KEY}\n`);
    const added = await cli(`key add --new-secret-file ${other} --json`);
    const addedId = added.lines.at(-1)?.['key_id'] as string;
    expect((await cli('key list --json')).lines).toHaveLength(3);
    expect((await cli('key list')).stdout).toMatch(/^\*[0-9a-f]{8} {2}holdfast {2}holdfast/mu);
    const asOther = (): CliOptions => ({ env: { HOLDFAST_SECRET: OTHER_KEY } });
    expect(await cli(`key remove ${addedId}`, asOther())).toMatchObject({ exitCode: 1 });
    expect((await cli(`key remove ${addedId.slice(0, 8)}`)).exitCode).toBe(0);
    expect((await cli('key list', asOther())).exitCode).toBe(12);
    expect((await cli('key remove ffff')).exitCode).toBe(1);
    expect((await cli(`key passwd --new-secret-file ${other}`)).exitCode).toBe(0);
    expect((await cli('key list')).exitCode).toBe(12);
    expect((await cli('key list', asOther())).exitCode).toBe(0);
  });

  it('init --new-key shows a key once, which opens the repository', async () => {
    const made = await cli('init --new-key --json', { env: {} });
    const { key } = made.lines[0] ?? {};
    expect(key).toMatch(/^[0-9a-f]{64}$/u);
    expect((await cli('snapshots', { env: { HOLDFAST_SECRET: key as string } })).exitCode).toBe(0);
    expect((await cli('init --new-key', { env: {} })).exitCode).toBe(1);
    await fs.rm(repo, { recursive: true });
    const shown = await cli('init --new-key', { env: {} });
    expect(shown.stdout.match(/\b[0-9a-f]{4}\b/gu)?.length).toBeGreaterThanOrEqual(16);
  });

  it.each(['', ' --json'])(
    'init --new-key%s prints the key before anything is there',
    async (form) => {
      const seen: boolean[] = [];
      const made = await cli(`init --new-key${form}`, {
        env: {},
        onPrinted: (text) => void (/[0-9a-f]{4}/u.test(text) && seen.push(existsSync(repo))),
      });
      expect(made.exitCode).toBe(0);
      expect(seen[0]).toBe(false);
    },
  );

  it('init --new-key makes nothing where the key cannot be printed', async () => {
    const closed = (): void => {
      throw new Error('EPIPE');
    };
    const made = await cli('init --new-key', { env: {}, onPrinted: closed });
    expect(made.exitCode).toBe(1);
    expect(existsSync(repo)).toBe(false);
  });

  it('init --new-key says what the printed key is worth where no repository was made', async () => {
    const cancel = new AbortController();
    const failed = await cli('init --new-key', {
      env: {},
      signal: cancel.signal,
      onPrinted: () => cancel.abort(new HoldfastError('job/cancelled')),
    });
    expect(failed.exitCode).toBe(130);
    expect(failed.stderr).toContain('the key above opens nothing');
    expect(existsSync(join(repo, 'config'))).toBe(false);
  });
});

describe('files that are only in a cloud', () => {
  it('are left out and listed, unless they are to be fetched', async () => {
    const source = await sources();
    await fs.writeFile(join(source, '.holiday.mov.icloud'), iCloudStub(123));
    await cli('init');
    const made = await cli(`backup ${source}`);
    expect(made.exitCode).toBe(0);
    expect(made.stderr).toContain(`${source}/holiday.mov (cloud-only`);
    const unknown = await cli(`backup ${source} --cloud-files perhaps`);
    expect(unknown.exitCode).toBe(1);
    expect(unknown.stderr).toContain('skip, fetch');
  });
});

describe('exit codes', () => {
  it('0 for help of every command, with all exit codes told', async () => {
    for (const command of COMMANDS) {
      const { exitCode, stdout } = await runCli([...command.split(' '), '--help']);
      expect(exitCode).toBe(0);
      expect(stdout).toContain('Exit codes:');
      expect(stdout).toContain('--repo');
    }
  });

  it('1 for a wrong call', async () => {
    for (const args of [['nonsense'], ['restore', 'latest'], ['backup'], ['snapshots', '--what']]) {
      const { exitCode, stderr } = await runCli(['--repo', repo, ...args]);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/error:/u);
    }
    const unnamed = await runCli(['snapshots']);
    expect(unnamed).toMatchObject({ exitCode: 1, stdout: '' });
    expect(unnamed.stderr).toContain('HOLDFAST_REPO');
  });

  it('1 for a snapshot or a file that is not there, and for a folder in use', async () => {
    await cli('init');
    const missing = await cli('ls abcdef');
    expect(missing.exitCode).toBe(1);
    expect(missing.stderr).toContain('This archive does not exist');
    expect((await cli('init')).stderr).toContain('There is already a backup in this folder');
    const full = await runCli(['--repo', folder, 'init'], { env: { HOLDFAST_SECRET: KEY } });
    expect(full).toMatchObject({ exitCode: 1 });
    expect(full.stderr).toContain('This folder holds other files');
  });

  it('3 when some source cannot be read', async () => {
    const source = await sources();
    await cli('init');
    const { exitCode, stderr, stdout } = await cli(`backup ${source} ${folder}/missing`);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`${folder}/missing`);
    expect(stdout).toContain('saved');
  });

  it('10 without repository, also when the folder itself is missing', async () => {
    const none = await cli('snapshots --json');
    expect(none).toMatchObject({ exitCode: 10, stdout: '' });
    expect(JSON.parse(none.stderr)).toMatchObject({
      message_type: 'exit_error',
      code: 10,
      error: 'repo/not-found',
      context: { path: repo },
    });
    await fs.mkdir(repo);
    expect((await cli('snapshots')).exitCode).toBe(10);
  });

  it('11 when it is locked, and unlock --remove-all helps', async () => {
    await cli('init');
    await fs.writeFile(join(repo, 'locks', 'ab'.repeat(32)), 'unreadable');
    expect((await cli('check')).exitCode).toBe(11);
    expect((await cli('unlock')).stdout).toContain('0 locks');
    expect((await cli('unlock --remove-all')).stdout).toContain('1 locks');
    expect((await cli('check')).exitCode).toBe(0);
  });

  it('12 for a wrong secret', async () => {
    await cli('init');
    const wrong = await cli('snapshots', { env: { HOLDFAST_SECRET: OTHER_KEY } });
    expect(wrong).toMatchObject({ exitCode: 12, stdout: '' });
    expect(wrong.stderr).toContain('does not open the backup');
  });

  it('130 when interrupted', async () => {
    await cli('init');
    const signal = AbortSignal.abort(new HoldfastError('job/cancelled'));
    expect((await cli(`backup ${folder}`, { signal })).exitCode).toBe(130);
    expect(await fs.readdir(join(repo, 'locks'))).toEqual([]);
  });

  it('1 when check finds damage, and says which file is affected', async () => {
    await cli('init');
    const source = await sources();
    await cli(`backup ${source}`);
    for (const prefix of await fs.readdir(join(repo, 'data'))) {
      const packs = await fs.readdir(join(repo, 'data', prefix));
      for (const pack of packs) {
        const path = join(repo, 'data', prefix, pack);
        const bytes = await fs.readFile(path);
        bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
        await fs.chmod(path, 0o600);
        await fs.writeFile(path, bytes);
      }
    }
    const { exitCode, stdout } = await cli('check --read-data');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^error: /mu);
    expect(stdout).toMatch(/errors found$/mu);
  });
});

describe('secrets', () => {
  it('leave the environment at once', async () => {
    const env: NodeJS.ProcessEnv = { HOLDFAST_SECRET: KEY };
    await cli('version', { env });
    expect('HOLDFAST_SECRET' in env).toBe(false);
  });

  it('are read from a file or standard input, in any spelling of a key', async () => {
    const none = { env: {} };
    expect((await cli(`init --secret-file ${await secretFile(SPELLED_KEY)}`, none)).exitCode).toBe(
      0,
    );
    for (const text of [KEY, `${KEY}\r\n`, SPELLED_KEY, KEY.toUpperCase()]) {
      const file = await secretFile(text);
      expect((await cli(`snapshots --secret-file ${file}`, none)).exitCode).toBe(0);
      expect((await cli('snapshots --secret-file -', { ...none, input: text })).exitCode).toBe(0);
      expect((await cli('snapshots', { env: { HOLDFAST_SECRET: text } })).exitCode).toBe(0);
    }
    const binary = await secretFile(Buffer.from([0xff, 0xfe]));
    expect((await cli(`snapshots --secret-file ${binary}`, none)).exitCode).toBe(12);
  });

  it('are asked for at a terminal, unseen and editable', async () => {
    await cli('init', { env: {}, typed: [SPELLED_KEY, SPELLED_KEY] });
    const typed = `wrong\u0015${KEY.slice(0, 60)}x\u007f${KEY.slice(60)}`;
    const run = await cli('snapshots', { env: {}, typed: [typed] });
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toBe('Key or password of the backup: \n');
    const stopped = await cli('snapshots', { env: {}, typed: ['abc\u0003'] });
    expect(stopped.exitCode).toBe(130);
    const differing = await cli('key add', { typed: [OTHER_KEY, KEY] });
    expect(differing.exitCode).toBe(1);
    expect((await cli('key list --json')).lines).toHaveLength(2);
  });

  it('are asked for only where somebody can answer', async () => {
    await cli('init');
    const run = await cli('snapshots', { env: {} });
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('The key or password is needed');
  });

  it('appear in no output', async () => {
    await cli('init');
    for (const args of [
      'snapshots --verbose',
      'key list --json',
      'check -v',
      'ls none',
      'cat config',
    ]) {
      const { stdout, stderr } = await cli(args);
      expect(stdout + stderr).not.toContain(KEY);
    }
    const wrong = await cli('snapshots --json', { env: { HOLDFAST_SECRET: 'a wrong password' } });
    expect(wrong.stderr).not.toContain('a wrong password');
  });
});
