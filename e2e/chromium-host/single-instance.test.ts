import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startOf } from './process-identity.ts';
import { SingleInstance } from './single-instance.ts';

let userData = '';
const lockPath = (): string => join(userData, 'chromium-host.lock');

const instances: SingleInstance[] = [];
function instance(folder = userData): SingleInstance {
  const made = new SingleInstance(folder);
  instances.push(made);
  return made;
}

beforeEach(() => {
  userData = mkdtempSync(join(tmpdir(), 'single-instance-'));
});
afterEach(() => {
  for (const made of instances.splice(0)) made.release();
  rmSync(userData, { recursive: true, force: true });
});

describe('SingleInstance', () => {
  it('lets one in and tells it of the second', async () => {
    const told = Promise.withResolvers<readonly string[]>();
    expect(instance().acquire(({ argv }) => told.resolve(argv))).toBe(true);
    const second = instance();
    expect(second.acquire(() => undefined)).toBe(false);
    await second.whenTold();
    expect(await told.promise).toEqual(process.argv);
  });

  it('lets the next one in when it is released', () => {
    const first = instance();
    expect(first.acquire(() => undefined)).toBe(true);
    first.release();
    expect(readdirSync(userData)).toEqual([]);
    expect(instance().acquire(() => undefined)).toBe(true);
  });

  it('lets in one for each folder', () => {
    const other = join(userData, 'other');
    expect(instance().acquire(() => undefined)).toBe(true);
    expect(instance(other).acquire(() => undefined)).toBe(true);
    expect(readdirSync(userData).toSorted()).toEqual(['chromium-host.lock', 'other']);
  });

  it('takes over the lock of a process that is gone', () => {
    const holder = { pid: spawnSync('true').pid, start: '1', socket: join(userData, 's') };
    writeFileSync(lockPath(), JSON.stringify(holder));
    expect(instance().acquire(() => undefined)).toBe(true);
    expect(instance().acquire(() => undefined)).toBe(false);
  });

  it('takes over the lock whose process id now belongs to another process', () => {
    const holder = { pid: process.ppid, start: `${startOf(process.ppid)}0`, socket: '/nowhere' };
    writeFileSync(lockPath(), JSON.stringify(holder));
    expect(instance().acquire(() => undefined)).toBe(true);
  });

  it('takes over a lock that nobody can read', () => {
    writeFileSync(lockPath(), '');
    expect(instance().acquire(() => undefined)).toBe(true);
  });

  it('does not wait for a holder that is too busy to listen', async () => {
    const holder = { pid: process.pid, start: startOf(process.pid), socket: '/nowhere/s.sock' };
    writeFileSync(lockPath(), JSON.stringify(holder));
    const second = instance();
    expect(second.acquire(() => undefined)).toBe(false);
    await second.whenTold();
  });
});
