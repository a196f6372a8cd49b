import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handOver, installedManagerPrograms } from './command-line-managers.ts';
import type { ManagerEntry } from './manager-entry.ts';

const SECRET = '0123456789abcdef'.repeat(4);
const entry: ManagerEntry = {
  title: 'Holdfast backup – anna → Disk (1a2b3c4d)',
  url: 'https://holdfast.invalid/',
  userName: 'anna',
  secret: SECRET,
  notes: 'How to restore',
};

let root = '';
let path = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'managers-'));
  await mkdir(join(root, 'bin'));
  path = `${join(root, 'bin')}:/usr/bin:/bin`;
});
afterEach(() => rm(root, { recursive: true }));

/** Stands in for the program: keeps its arguments, environment and standard input, and ends with `exitCode`. */
async function standIn(program: 'op' | 'bw', exitCode = 0): Promise<void> {
  const file = join(root, 'bin', program);
  const script = `#!/bin/sh
printf '%s\\n' "$@" > '${root}/args'
env > '${root}/env'
cat > '${root}/input'
echo a line that must not be seen >&2
exit ${String(exitCode)}
`;
  await writeFile(file, script);
  await chmod(file, 0o755);
}

const recorded = (name: string): Promise<string> => readFile(join(root, name), 'utf8');

it('finds what is installed', async () => {
  expect(await installedManagerPrograms(join(root, 'bin'))).toEqual([]);
  await standIn('bw');
  expect(await installedManagerPrograms(path)).toEqual(['bw']);
  await standIn('op');
  expect(await installedManagerPrograms(path)).toEqual(['op', 'bw']);
  await writeFile(join(root, 'bin', 'bw'), 'not a program');
  await chmod(join(root, 'bin', 'bw'), 0o644);
  expect(await installedManagerPrograms(join(root, 'bin'))).toEqual(['op']);
});

describe.each(['op', 'bw'] as const)('%s', (program) => {
  it('gets the secret by standard input, and nowhere else', async () => {
    await standIn(program);
    await handOver(program, entry, path);
    const input = await recorded('input');
    const item = program === 'bw' ? Buffer.from(input, 'base64').toString() : input;
    expect(JSON.parse(item)).toMatchObject(
      program === 'bw'
        ? { name: entry.title, login: { username: 'anna', password: SECRET } }
        : { title: entry.title, category: 'LOGIN' },
    );
    expect(item).toContain(SECRET);
    expect(await recorded('args')).not.toContain(SECRET.slice(0, 8));
    expect(await recorded('env')).not.toContain(SECRET.slice(0, 8));
  });

  it('that refuses is said, without its words', async () => {
    await standIn(program, 1);
    await expect(handOver(program, entry, path)).rejects.toMatchObject({
      code: 'export/program-failed',
      context: { program, exitCode: 1 },
    });
  });

  it('that is not there is said', async () => {
    await expect(handOver(program, entry, join(root, 'bin'))).rejects.toMatchObject({
      code: 'export/program-missing',
    });
  });
});
