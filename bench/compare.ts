// `npm run bench`: Holdfast against restic on the same generated data, in one run, the two in turn. Prints medians;
// never fails on a time, since machines are shared and noisy.
import { spawnSync } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

const ROUNDS = 3;
const SMALL_FILES = 5_000;
const LARGE_FILES = 8;
const LARGE_FILE_BYTES = 32 * 1024 * 1024;
const SECRET = '0123456789abcdef'.repeat(4);

const root = join(import.meta.dirname, '..');
const work = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
const source = join(work, 'source');
const secretFile = join(work, 'secret');

interface Tool {
  readonly name: string;
  readonly version: string;
  readonly command: (repository: string, step: string, target: string) => readonly string[];
}

const tools: readonly Tool[] = [
  {
    name: 'holdfast',
    version: output([join(root, 'bin', 'holdfast'), 'version']),
    command: (repository, step, target) => {
      const common = ['--repo', repository, '--secret-file', secretFile];
      const program = join(root, 'bin', 'holdfast');
      if (step === 'init') return [program, 'init', ...common];
      if (step === 'restore') return [program, 'restore', 'latest', '--target', target, ...common];
      if (step === 'check') return [program, 'check', '--read-data', ...common];
      return [program, 'backup', source, ...common];
    },
  },
  {
    name: 'restic',
    version: output(['restic', 'version']),
    command: (repository, step, target) => {
      const common = ['-q', '-r', repository, '-p', secretFile, '--cache-dir', join(work, 'cache')];
      if (step === 'init') return ['restic', 'init', ...common];
      if (step === 'restore') return ['restic', 'restore', 'latest', '--target', target, ...common];
      if (step === 'check') return ['restic', 'check', '--read-data', ...common];
      return ['restic', 'backup', source, ...common];
    },
  },
];

const steps = ['init', 'first backup', 'nothing changed', 'restore', 'check'] as const;

function output([command = '', ...args]: readonly string[]): string {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${command} does not run: ${result.stderr}`);
  return result.stdout.trim();
}

/** Half text-like, half incompressible, the same in every run. */
function makeSource(): void {
  const keystream = createCipheriv('aes-256-ctr', Buffer.alloc(32, 7), Buffer.alloc(16));
  for (let index = 0; index < LARGE_FILES; index += 1) {
    const folder = join(source, 'large');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, `${String(index)}.bin`),
      keystream.update(Buffer.alloc(LARGE_FILE_BYTES)),
    );
  }
  for (let index = 0; index < SMALL_FILES; index += 1) {
    const folder = join(source, 'small', String(index % 50));
    mkdirSync(folder, { recursive: true });
    const line = createHash('sha256').update(String(index)).digest('hex');
    writeFileSync(join(folder, `${String(index)}.txt`), `${line}\n`.repeat(1 + (index % 120)));
  }
}

function time([command = '', ...args]: readonly string[]): number {
  const startedMs = performance.now();
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${result.stderr}`);
  return (performance.now() - startedMs) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

try {
  writeFileSync(secretFile, SECRET, { mode: 0o600 });
  makeSource();
  const seconds = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const step of steps) {
      for (const tool of tools) {
        const repository = join(work, `${tool.name}-${String(round)}`);
        const target = join(work, `restored-${tool.name}-${String(round)}`);
        const key = `${tool.name} ${step}`;
        seconds.set(key, [
          ...(seconds.get(key) ?? []),
          time(tool.command(repository, step, target)),
        ]);
      }
    }
    for (const tool of tools) {
      rmSync(join(work, `${tool.name}-${String(round)}`), { recursive: true, force: true });
      rmSync(join(work, `restored-${tool.name}-${String(round)}`), {
        recursive: true,
        force: true,
      });
    }
  }
  process.stdout.write(
    `${String(cpus().length)} cores, ${String(ROUNDS)} rounds in turn, medians in seconds\n`,
  );
  for (const tool of tools) process.stdout.write(`${tool.version}\n`);
  const megabytes = Math.round((LARGE_FILES * LARGE_FILE_BYTES) / 1e6);
  process.stdout.write(
    `${String(SMALL_FILES)} small files and ${String(megabytes)} MB of incompressible ones\n\n`,
  );
  process.stdout.write(
    `${'step'.padEnd(18)}${'holdfast'.padStart(10)}${'restic'.padStart(10)}${'ratio'.padStart(8)}\n`,
  );
  for (const step of steps) {
    const ours = median(seconds.get(`holdfast ${step}`) ?? []);
    const theirs = median(seconds.get(`restic ${step}`) ?? []);
    const row = [
      ours.toFixed(2).padStart(10),
      theirs.toFixed(2).padStart(10),
      (ours / theirs).toFixed(2).padStart(8),
    ];
    process.stdout.write(`${step.padEnd(18)}${row.join('')}\n`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
