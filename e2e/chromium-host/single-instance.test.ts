import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startOf } from './process-identity.ts';
import { SingleInstance } from './single-instance.ts';

let userData = '';
const lockPath = (): string => join(userData, 'chromium-host.lock');

beforeEach(() => {
  userData = mkdtempSync(join(tmpdir(), 'single-instance-'));
});
afterEach(() => {
  rmSync(userData, { recursive: true, force: true });
});

describe('SingleInstance', () => {
  it('lets one in and tells it of the second', async () => {
    const told = Promise.withResolvers<readonly string[]>();
    expect(new SingleInstance(userData).acquire(({ argv }) => told.resolve(argv))).toBe(true);
    const second = new SingleInstance(userData);
    expect(second.acquire(() => undefined)).toBe(false);
    await second.whenTold();
    expect(await told.promise).toEqual(process.argv);
  });

  it('lets in one for each folder', () => {
    const other = join(userData, 'other');
    expect(new SingleInstance(userData).acquire(() => undefined)).toBe(true);
    expect(new SingleInstance(other).acquire(() => undefined)).toBe(true);
    expect(readdirSync(userData).toSorted()).toEqual(['chromium-host.lock', 'other']);
  });

  it('takes over the lock of a process that is gone', () => {
    const holder = { pid: spawnSync('true').pid, start: '1', socket: join(userData, 's') };
    writeFileSync(lockPath(), JSON.stringify(holder));
    expect(new SingleInstance(userData).acquire(() => undefined)).toBe(true);
    expect(new SingleInstance(userData).acquire(() => undefined)).toBe(false);
  });

  it('takes over the lock whose process id now belongs to another process', () => {
    const holder = { pid: process.ppid, start: `${startOf(process.ppid)}0`, socket: '/nowhere' };
    writeFileSync(lockPath(), JSON.stringify(holder));
    expect(new SingleInstance(userData).acquire(() => undefined)).toBe(true);
  });

  it('takes over a lock that nobody can read', () => {
    writeFileSync(lockPath(), '');
    expect(new SingleInstance(userData).acquire(() => undefined)).toBe(true);
  });

  it('does not wait for a holder that is too busy to listen', async () => {
    const holder = { pid: process.pid, start: startOf(process.pid), socket: '/nowhere/s.sock' };
    writeFileSync(lockPath(), JSON.stringify(holder));
    const second = new SingleInstance(userData);
    expect(second.acquire(() => undefined)).toBe(false);
    await second.whenTold();
  });
});
