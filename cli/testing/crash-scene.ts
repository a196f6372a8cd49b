/** A repository in use by the built command line, whose processes are killed; restic and the archives themselves say what became of it. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeTree } from '../../electron/engine/testing/file-tree.ts';
import { LockWatch, PROGRAM } from './built-program.ts';

const SECRETS = ['0123456789abcdef'.repeat(4), 'fedcba9876543210'.repeat(4)];
/** Archives that `forget` keeps. */
export const KEPT = 3;

export type Operation = 'backup' | 'forget' | 'prune' | 'passwd' | 'restore';
export const OPERATIONS: readonly Operation[] = [
  'backup',
  'backup',
  'forget',
  'prune',
  'passwd',
  'restore',
];

/** Numbers from 0 to below 1, the same for the same seed. */
export function randomFrom(seed: number): () => number {
  const key = createHash('sha256').update(String(seed)).digest();
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  return () => stream.update(Buffer.alloc(4)).readUInt32LE() / 2 ** 32;
}

export class CrashScene {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-crash-'));
  readonly repository = join(this.folder, 'repo');
  readonly source = join(this.folder, 'source');
  readonly random: () => number;
  /** What each archive holds. */
  readonly archives = new Map<string, readonly string[]>();
  /** Which of the two secrets opens. */
  secret = 0;
  round = 0;

  constructor(random: () => number) {
    this.random = random;
    mkdirSync(this.source);
  }

  bytes(length: number): Buffer {
    const key = createHash('sha256').update(String(this.random())).digest();
    return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
  }

  /** Some files are new, some change, some go. */
  change(): void {
    this.round += 1;
    for (let file = 0; file < 60; file += 1) {
      if (this.round > 1 && this.random() < 0.7) continue;
      const folder = join(this.source, `folder ${file % 7}`);
      mkdirSync(folder, { recursive: true });
      const path = join(folder, `file ${file}`);
      if (this.random() < 0.1) rmSync(path, { force: true });
      else
        writeFileSync(path, this.bytes(file < 4 ? 3_000_000 : Math.floor(this.random() * 50_000)));
    }
    const link = join(this.source, 'link');
    rmSync(link, { force: true });
    symlinkSync(`to round ${this.round}`, link);
  }

  secretFile(which: number): string {
    const path = join(this.folder, `secret-${which}`);
    if (!existsSync(path)) writeFileSync(path, SECRETS[which] ?? '', { mode: 0o600 });
    return path;
  }

  start(args: readonly string[]) {
    const options = ['--repo', this.repository, '--secret-file', this.secretFile(this.secret)];
    return spawn(process.execPath, [PROGRAM, ...args, ...options], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: this.folder, TMPDIR: this.folder },
    });
  }

  /** Must succeed. Milliseconds from its lock to its end, 0 where no lock was seen. */
  async finish(args: readonly string[]): Promise<number> {
    const run = await this.#run(args);
    assert.equal(run.status, 0, `${args.join(' ')}\n${run.said}`);
    return run.tookMs;
  }

  /**
   * Kills it `afterMs` milliseconds after its lock; null when it was. One that was quicker must have succeeded, and counts as finished:
   * milliseconds from its lock to its end.
   */
  async kill(args: readonly string[], afterMs: number): Promise<number | null> {
    const run = await this.#run(args, afterMs);
    if (run.signal === 'SIGKILL') return null;
    assert.equal(run.status, 0, `${args.join(' ')}\n${run.said}`);
    return run.tookMs;
  }

  async #run(args: readonly string[], killAfterMs?: number) {
    const locks = new LockWatch(this.repository);
    const child = this.start(args);
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    let timer: NodeJS.Timeout | undefined;
    if (killAfterMs !== undefined) {
      locks.onLock = () => {
        timer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      };
    }
    const [status, signal] = (await once(child, 'exit')) as [number | null, string | null];
    clearTimeout(timer);
    const { seenMs } = locks;
    locks.close();
    return { status, signal, said, tookMs: seenMs === null ? 0 : performance.now() - seenMs };
  }

  restic(args: readonly string[], secret = SECRETS[this.secret]) {
    const run = spawnSync('restic', ['--no-cache', '-r', this.repository, ...args], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      env: {
        PATH: process.env['PATH'],
        HOME: this.folder,
        TMPDIR: this.folder,
        RESTIC_PASSWORD: secret,
      },
    });
    return { status: run.status, output: `${run.stdout}${run.stderr}`, stdout: run.stdout };
  }

  commandOf(operation: Operation): readonly string[] {
    switch (operation) {
      case 'backup':
        return ['backup', this.source];
      case 'forget':
        return ['forget', '--keep-last', String(KEPT)];
      case 'prune':
        return ['prune', '--max-unused', '0'];
      case 'passwd':
        return ['key', 'passwd', '--new-secret-file', this.secretFile(1 - this.secret)];
      case 'restore':
        break;
    }
    return ['restore', 'latest', '--target', join(this.folder, 'out')];
  }

  /** What restic says of it, and of every archive. */
  judge(): void {
    const opening = [0, 1].filter(
      (which) => this.restic(['cat', 'config', '--no-lock'], SECRETS[which]).status === 0,
    );
    assert.notEqual(opening.length, 0, 'no known secret opens');
    if (!opening.includes(this.secret)) this.secret = opening[0] ?? 0;
    for (const name of readdirSync(join(this.repository, 'keys'))) {
      if (!/^[0-9a-f]{64}$/u.test(name)) continue;
      const slot = JSON.parse(readFileSync(join(this.repository, 'keys', name), 'utf8')) as {
        readonly kdf?: unknown;
      };
      assert.equal(slot.kdf, 'scrypt');
    }
    assert.equal(this.restic(['unlock']).status, 0);
    const checked = this.restic(['check', '--read-data']);
    assert.match(checked.output, /no errors were found/u);
    const listed = JSON.parse(this.restic(['snapshots', '--json']).stdout) as {
      id: string;
      time: string;
    }[];
    const ids = new Set(listed.map(({ id }) => id));
    // The newest are never removed, whatever was under way.
    for (const id of [...this.archives.keys()].slice(-KEPT))
      assert.ok(ids.has(id), `${id} is gone`);
    for (const id of this.archives.keys()) if (!ids.has(id)) this.archives.delete(id);
    for (const { id } of listed.toSorted((a, b) => a.time.localeCompare(b.time))) {
      // One that a killed run had finished holds what the source is now.
      const wanted = this.archives.get(id) ?? describeTree(this.source);
      this.archives.set(id, wanted);
      const out = join(this.folder, 'judged');
      rmSync(out, { recursive: true, force: true });
      assert.equal(this.restic(['restore', id, '--target', out]).status, 0);
      assert.deepEqual(describeTree(join(out, this.source)), wanted);
    }
  }
}
