/** Against the real restic, both ways: it checks what we write, we read what it writes, and both respect each other's locks. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';

import { LocalBackend } from '../backend/local-backend.ts';
import { decodeTree } from '../format/tree.ts';
import {
  FIXTURE_PASSWORD as FIRST,
  FIXTURE_SECOND_PASSWORD as SECOND,
  readVectors,
  unpackRepository,
} from '../testing/restic-fixtures.ts';
import { restic, resticOk, startRestic, type ResticOptions } from '../testing/restic-binary.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { TestJob, testPorts } from '../testing/test-ports.ts';
import {
  createTestRepository,
  fastSlot,
  openTestRepository,
  storeSnapshot,
  TEST_PASSWORD,
  writing,
} from '../testing/test-repository.ts';
import { check } from './check.ts';
import { addKey, changeKey, removeKey } from './key-slots.ts';
import type { Repository } from './repository.ts';

interface Manifest {
  readonly snapshots: readonly { readonly id: string }[];
}

async function ours(): Promise<{ repository: Repository; oracle: ResticOptions }> {
  const path = join(temporaryFolder(), 'repo');
  const repository = await createTestRepository(new LocalBackend(path));
  return { repository, oracle: { repository: path, password: TEST_PASSWORD } };
}

function openFixture(name: 'basic-repo' | 'v1-repo', secret = FIRST) {
  const path = unpackRepository(name);
  const open = () => openTestRepository(new LocalBackend(path), testPorts(), Buffer.from(secret));
  return { path, open };
}

describe('what we write', () => {
  it('passes restic check --read-data, and every part can be printed', async () => {
    const { repository, oracle } = await ours();
    const { snapshot } = await storeSnapshot(repository, {
      'noise.bin': [randomBytes(1_000_000), randomBytes(600_000)],
      'text.txt': [Buffer.alloc(700_000, 'text and more text ')],
      'empty.txt': [],
      'tiny.txt': [Buffer.from('x')],
    });
    expect(resticOk(oracle, 'check', '--read-data')).toContain('no errors were found');
    const config = JSON.parse(resticOk(oracle, 'cat', 'config')) as { id: string };
    expect(config.id).toBe(repository.config.id);
    expect(resticOk(oracle, 'cat', 'snapshot', snapshot)).toContain('"paths"');
    for (const kind of ['index', 'packs', 'blobs', 'keys', 'snapshots']) {
      expect(resticOk(oracle, 'list', kind)).not.toBe('');
    }
    expect(resticOk(oracle, 'dump', snapshot, '/tiny.txt')).toBe('x');
  });

  it('passes with many packs, after a run that broke off, and after a second run', async () => {
    const { repository, oracle } = await ours();
    const lock = await repository.lock('shared');
    await repository.refreshIndex();
    const writer = repository.startWriter();
    for (let i = 0; i < 40; i++) await writer.save('data', randomBytes(1_500_000));
    await writer.abandon();
    await lock.release();
    await storeSnapshot(repository, { a: [randomBytes(2_000_000)], b: [Buffer.from('b')] });
    await storeSnapshot(repository, { a: [randomBytes(3_000_000)], b: [Buffer.from('b')] });
    expect(resticOk(oracle, 'check', '--read-data')).toContain('no errors were found');
    // What the broken run stored is not needed: restic prunes it and is content.
    resticOk(oracle, 'prune', '--max-unused', '0');
    expect(resticOk(oracle, 'check', '--read-data')).toContain('no errors were found');
    const result = await check(repository, { readData: true }, new TestJob());
    expect(result.findings).toEqual([]);
    // A session that was open all the time notices the prune.
    await writing(repository, (again) => again.save('data', Buffer.from('b')));
    expect(resticOk(oracle, 'check', '--read-data')).toContain('no errors were found');
  });

  it('stays plain in a repository of version 1', async () => {
    const { path, open } = openFixture('v1-repo');
    const repository = await open();
    expect(repository.config.version).toBe(1);
    await storeSnapshot(repository, { 'text.txt': [Buffer.alloc(100_000, 'compressible ')] });
    const oracle = { repository: path, password: FIRST };
    expect(resticOk(oracle, 'check', '--read-data')).toContain('no errors were found');
    const result = await check(await open(), { readData: true }, new TestJob());
    expect(result.errorCount).toBe(0);
  });
});

describe('what restic wrote', () => {
  it.each([
    ['basic-repo', 'basic-manifest.json'],
    ['v1-repo', 'v1-manifest.json'],
  ] as const)('%s opens, lists, and gives every blob', async (name, manifestFile) => {
    const { open } = openFixture(name);
    const repository = await open();
    const manifest = readVectors<Manifest>(manifestFile);
    const snapshots = await repository.listSnapshots();
    expect(snapshots.map(({ id }) => id).toSorted()).toEqual(
      manifest.snapshots.map(({ id }) => id).toSorted(),
    );
    await repository.refreshIndex();
    let blobs = 0;
    const trees = snapshots.map(({ snapshot }) => snapshot.tree);
    for (let tree = trees.pop(); tree !== undefined; tree = trees.pop()) {
      for (const node of decodeTree(await repository.loadBlob('tree', tree))) {
        if (node.subtree !== null) trees.push(node.subtree);
        for (const id of node.content ?? []) {
          const { length } = await repository.loadBlob('data', id);
          expect(length).toBe(repository.blobLength('data', id));
          blobs += 1;
        }
      }
    }
    expect(blobs).toBeGreaterThan(0);
    let packs = 0;
    for await (const _ of repository.backend.list('pack')) packs += 1;
    const result = await check(repository, { readData: true }, new TestJob());
    expect(result).toMatchObject({
      errorCount: 0,
      packsChecked: packs,
      snapshotsChecked: manifest.snapshots.length,
    });
  });

  it('opens with its second key too, and with no other', async () => {
    const second = await openFixture('basic-repo', SECOND).open();
    expect(second.config.id).toBe((await openFixture('basic-repo').open()).config.id);
    await expect(openFixture('basic-repo', 'wrong').open()).rejects.toMatchObject({
      code: 'repo/wrong-secret',
    });
  });
});

describe('keys', () => {
  it('that we add, change and remove work the same for restic', async () => {
    const { repository, oracle } = await ours();
    const [second, third] = ['0123456789abcdef'.repeat(4), 'ein drittes Paßwort'];
    const opens = (password: string): boolean =>
      restic({ ...oracle, password }, 'cat', 'config').status === 0;
    const added = await addKey(repository, Buffer.from(second), fastSlot);
    expect([TEST_PASSWORD, second, third].map(opens)).toEqual([true, true, false]);
    await changeKey(repository, Buffer.from(third), fastSlot);
    expect([TEST_PASSWORD, second, third].map(opens)).toEqual([false, true, true]);
    await removeKey(repository, added.keyId);
    expect([TEST_PASSWORD, second, third].map(opens)).toEqual([false, false, true]);
    expect(resticOk({ ...oracle, password: third }, 'check')).toContain('no errors');
  });

  it('that restic adds, changes and removes work the same for us', async () => {
    const { oracle } = await ours();
    const file = join(temporaryFolder(), 'new-password');
    const opens = async (password: string): Promise<boolean> => {
      const backend = new LocalBackend(oracle.repository);
      return await openTestRepository(backend, testPorts(), Buffer.from(password)).then(
        () => true,
        () => false,
      );
    };
    await fs.writeFile(file, 'made by restic');
    resticOk(oracle, 'key', 'add', '--new-password-file', file);
    expect(await opens('made by restic')).toBe(true);
    expect(await opens(TEST_PASSWORD)).toBe(true);
    await fs.writeFile(file, 'changed by restic');
    resticOk(oracle, 'key', 'passwd', '--new-password-file', file);
    expect(await opens(TEST_PASSWORD)).toBe(false);
    expect(await opens('changed by restic')).toBe(true);
  });
});

describe('locks', () => {
  it('of ours stop restic, and are shared where restic shares', async () => {
    const { repository, oracle } = await ours();
    const exclusive = await repository.lock('exclusive');
    expect(restic(oracle, 'snapshots').stderr).toContain('already locked exclusively');
    await exclusive.release();
    const shared = await repository.lock('shared');
    expect(restic(oracle, 'snapshots').status).toBe(0);
    expect(restic(oracle, 'prune').stderr).toContain('already locked');
    await shared.release();
    expect(restic(oracle, 'prune').status).toBe(0);
  });

  it('of restic stop our exclusive ones, not our shared ones', async () => {
    const { repository, oracle } = await ours();
    // A backup of standard input that never ends holds a shared lock.
    const running = startRestic(oracle, 'backup', '--stdin');
    const exited = once(running, 'exit');
    try {
      await vi.waitUntil(
        async () => (await fs.readdir(join(oracle.repository, 'locks'))).length > 0,
        { timeout: 20_000 },
      );
      await expect(repository.lock('exclusive')).rejects.toMatchObject({
        code: 'repo/locked',
        context: { pid: running.pid ?? 0, exclusive: false },
      });
      await (await repository.lock('shared')).release();
    } finally {
      running.kill('SIGKILL');
      await exited;
    }
    // Killed: its lock stays. It is not of the made-up computer of the test, so it is not ours to remove.
    await expect(repository.lock('exclusive')).rejects.toMatchObject({ code: 'repo/locked' });
    resticOk(oracle, 'unlock');
    await (await repository.lock('exclusive')).release();
  });

  it('of a killed process of ours are removed by our next one, and restic unlock spares a living one', async () => {
    const { repository, oracle } = await ours();
    const script = `
      import { LocalBackend } from ${JSON.stringify(join(import.meta.dirname, '../backend/local-backend.ts'))};
      import { acquireLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
      import { Repository } from ${JSON.stringify(join(import.meta.dirname, 'repository.ts'))};
      process.on('SIGHUP', () => console.log('hup'));
      const ports = {
        clock: { nowNs: () => BigInt(Date.now()) * 1000000n, monotonicMs: () => performance.now(),
          sleep: (ms, signal) => new Promise((resolve, reject) => {
            const timer = setTimeout(resolve, ms);
            signal?.addEventListener('abort', () => { clearTimeout(timer); reject(signal.reason); });
          }) },
        log: { debug() {}, info() {}, warn() {} },
        identity: { hostname: (await import('node:os')).hostname(), username: 'killed-user', uid: 0, gid: 0, pid: process.pid },
        programVersion: 'holdfast 0.0.0-test',
      };
      const repository = await Repository.open(new LocalBackend(${JSON.stringify(oracle.repository)}), ports,
        { kind: 'secret', secret: Buffer.from(${JSON.stringify(TEST_PASSWORD)}) });
      await repository.lock('shared');
      console.log('locked');
      setInterval(() => {}, 1000);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString('utf8')));
    const exited = once(child, 'exit');
    try {
      await vi.waitUntil(() => printed.includes('locked'), { timeout: 20_000 });
      resticOk(oracle, 'unlock');
      await vi.waitUntil(() => printed.includes('hup'), { timeout: 20_000 });
      expect(await fs.readdir(join(oracle.repository, 'locks'))).toHaveLength(1);
      expect(child.exitCode).toBeNull();
    } finally {
      child.kill('SIGKILL');
      await exited;
    }
    expect(await fs.readdir(join(oracle.repository, 'locks'))).toHaveLength(1);
    await expect(repository.lock('exclusive')).rejects.toMatchObject({ code: 'repo/locked' });
    const { hostname } = await import('node:os');
    const ports = testPorts({ hostname: hostname(), username: 'killed-user' });
    const again = await openTestRepository(new LocalBackend(oracle.repository), ports);
    await (await again.lock('exclusive')).release();
    expect(await fs.readdir(join(oracle.repository, 'locks'))).toEqual([]);
  });
});
