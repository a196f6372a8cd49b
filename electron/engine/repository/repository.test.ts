import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { FaultyBackend, flipBit } from '../testing/faulty-backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { testPorts } from '../testing/test-ports.ts';
import {
  createTestRepository,
  fastSlot,
  openTestRepository,
  storeSnapshot,
  testSecret,
} from '../testing/test-repository.ts';
import { Repository } from './repository.ts';

const CONFIG = { kind: 'config', name: '' } as const;

describe('making and opening', () => {
  it('writes the key slot first and the config last', async () => {
    const memory = new MemoryBackend();
    await createTestRepository(memory);
    expect(memory.journal).toEqual([expect.stringMatching(/^write keys\//u), 'write config']);
  });

  it('opens with the secret, and then with the slot alone', async () => {
    const memory = new MemoryBackend();
    const made = await createTestRepository(memory);
    const opened = await openTestRepository(memory);
    expect(opened.config).toEqual(made.config);
    expect(opened.fingerprint).toMatch(/^[0-9a-f]{8}$/u);
    const { keyId, slotKey } = opened;
    expect(slotKey).toHaveLength(64);
    const again = await Repository.open(memory, testPorts(), { kind: 'slot', keyId, slotKey });
    expect(again.config.id).toBe(made.config.id);
  });

  it('tells a wrong secret, a withdrawn slot and a place without repository apart', async () => {
    const memory = new MemoryBackend();
    await expect(openTestRepository(memory)).rejects.toMatchObject({ code: 'repo/not-found' });
    const { keyId, slotKey } = await createTestRepository(memory);
    const wrong = { code: 'repo/wrong-secret' };
    await expect(openTestRepository(memory, testPorts(), Buffer.from('no'))).rejects.toMatchObject(
      wrong,
    );
    const ports = testPorts();
    const otherKey = { kind: 'slot', keyId, slotKey: randomBytes(64) } as const;
    await expect(Repository.open(memory, ports, otherKey)).rejects.toMatchObject(wrong);
    const otherSlot = { kind: 'slot', keyId: '0'.repeat(64), slotKey } as const;
    await expect(Repository.open(memory, ports, otherSlot)).rejects.toMatchObject(wrong);
  });

  it.each(['config', 'key', 'snapshot'] as const)('never makes one where a %s is', async (kind) => {
    const memory = new MemoryBackend();
    memory.plant({ kind, name: kind === 'config' ? '' : 'ab'.repeat(32) }, randomBytes(9));
    const before = memory.contents();
    await expect(createTestRepository(memory)).rejects.toMatchObject({
      code: 'repo/already-exists',
    });
    expect(memory.contents()).toEqual(before);
  });

  it('takes the key slot back when the config cannot be written', async () => {
    const memory = new MemoryBackend();
    const faulty = new FaultyBackend(memory);
    faulty.add({
      operation: 'write',
      kind: 'config',
      count: 1,
      effect: { kind: 'fail', code: 'backend/no-space' },
    });
    await expect(createTestRepository(faulty)).rejects.toMatchObject({ code: 'backend/no-space' });
    expect(memory.names('key')).toEqual([]);
    await createTestRepository(faulty);
  });

  it('keeps the key slot when the config was written and only the answer was lost', async () => {
    const memory = new MemoryBackend();
    const faulty = new FaultyBackend(memory);
    faulty.add({
      operation: 'write',
      kind: 'config',
      effect: { kind: 'fail-after', code: 'backend/io' },
    });
    await expect(createTestRepository(faulty)).rejects.toMatchObject({ code: 'backend/io' });
    await openTestRepository(memory);
  });

  it('opens although other key files are malformed or absurdly expensive', async () => {
    const memory = new MemoryBackend();
    await createTestRepository(memory);
    memory.plant({ kind: 'key', name: '00'.repeat(32) }, Buffer.from('{"no":"key"}'));
    memory.plant({ kind: 'key', name: '01'.repeat(32) }, Buffer.from('not even JSON'));
    memory.plant({ kind: 'key', name: '02'.repeat(32) }, expensiveKey());
    await openTestRepository(memory);
    await expect(
      openTestRepository(memory, testPorts(), Buffer.from('wrong')),
    ).rejects.toMatchObject({ code: 'repo/too-expensive-key', context: { N: 2 ** 22 } });
  });

  it('says damaged when there is no key file that could open it', async () => {
    const memory = new MemoryBackend();
    await createTestRepository(memory);
    for (const name of memory.names('key')) memory.lose({ kind: 'key', name });
    await expect(openTestRepository(memory)).rejects.toMatchObject({ code: 'repo/damaged' });
    memory.plant({ kind: 'key', name: '00'.repeat(32) }, Buffer.from('{'));
    await expect(openTestRepository(memory)).rejects.toMatchObject({ code: 'repo/damaged' });
  });

  it('goes on to the next slot when one wraps the key of another repository', async () => {
    const other = new MemoryBackend();
    await createTestRepository(other);
    const memory = new MemoryBackend();
    await createTestRepository(memory);
    for (const name of other.names('key')) {
      memory.plant({ kind: 'key', name }, await other.read({ kind: 'key', name }));
    }
    await openTestRepository(memory);
    const [foreign] = other.names('key');
    for (const name of memory.names('key')) {
      if (name !== foreign) memory.lose({ kind: 'key', name });
    }
    await expect(openTestRepository(memory)).rejects.toMatchObject({
      code: 'repo/damaged',
      context: { kind: 'config' },
    });
  });

  it('says damaged when the config was altered', async () => {
    const memory = new MemoryBackend();
    const { keyId, slotKey } = await createTestRepository(memory);
    memory.tamper(CONFIG, (bytes) => flipBit(bytes, 40));
    const damaged = { code: 'repo/damaged', context: { kind: 'config' } };
    await expect(openTestRepository(memory)).rejects.toMatchObject(damaged);
    await expect(
      Repository.open(memory, testPorts(), { kind: 'slot', keyId, slotKey }),
    ).rejects.toMatchObject(damaged);
  });

  it('shows before unlocking only what is not secret', async () => {
    const memory = new MemoryBackend();
    const nothing = { exists: false, fingerprint: null, keyCreatedAt: null, newestFileMs: null };
    expect(await Repository.inspect(memory)).toEqual(nothing);
    const { fingerprint } = await createTestRepository(memory, testPorts());
    expect(await Repository.inspect(memory)).toEqual({
      exists: true,
      fingerprint,
      keyCreatedAt: '2026-03-01T12:00:00Z',
      newestFileMs: expect.any(Number) as number,
    });
  });

  it('stops when it is told to', async () => {
    const reason = new Error('stop');
    const signal = AbortSignal.abort(reason);
    const memory = new MemoryBackend();
    const options = { secret: testSecret, slot: fastSlot };
    await expect(Repository.create(memory, testPorts(), options, signal)).rejects.toBe(reason);
    expect(memory.contents().size).toBe(0);
  });
});

function expensiveKey(): Buffer {
  const key = {
    created: '2026-01-01T00:00:00Z',
    username: '',
    hostname: '',
    kdf: 'scrypt',
    N: 2 ** 22,
    r: 8,
    p: 1,
    salt: randomBytes(64).toString('base64'),
    data: randomBytes(160).toString('base64'),
  };
  return Buffer.from(JSON.stringify(key));
}

describe('snapshots', () => {
  it('come after the index, and the index after the packs', async () => {
    const memory = new MemoryBackend();
    const repository = await createTestRepository(memory);
    await storeSnapshot(repository, { a: [randomBytes(1000)] });
    const order = memory.journal
      .filter((entry) => !entry.includes('locks/'))
      .map((entry) => entry.replace(/\/.*$/u, ''));
    expect(order).toEqual([
      'write keys',
      'write config',
      'write data',
      'write data',
      'write index',
      'write snapshots',
    ]);
    expect(memory.names('lock')).toEqual([]);
  });

  it('are listed newest last and found by what a person types', async () => {
    const memory = new MemoryBackend();
    const ports = testPorts();
    const repository = await createTestRepository(memory, ports);
    const ids: string[] = [];
    for (const text of ['one', 'two', 'three']) {
      ids.push((await storeSnapshot(repository, { a: [Buffer.from(text)] })).snapshot);
      ports.clock.advance(60_000);
    }
    const reader = await openTestRepository(memory);
    expect((await reader.listSnapshots()).map(({ id }) => id)).toEqual(ids);
    expect((await reader.findSnapshot('latest')).id).toBe(ids[2]);
    expect((await reader.findSnapshot(ids[0] ?? '')).id).toBe(ids[0]);
    const prefix = (ids[1] ?? '').slice(0, 8);
    expect((await reader.findSnapshot(prefix.toUpperCase())).id).toBe(ids[1]);
    const missing = { code: 'repo/snapshot-not-found' };
    await expect(reader.findSnapshot('nothing')).rejects.toMatchObject(missing);
    await expect(reader.findSnapshot('')).rejects.toMatchObject(missing);
    await expect(reader.findSnapshot('latest', { hostname: 'x' })).rejects.toMatchObject(missing);
    await expect(reader.findSnapshot('latest', { paths: ['/x'] })).rejects.toMatchObject(missing);
    expect((await reader.findSnapshot('latest', { paths: ['/test'] })).id).toBe(ids[2]);
    memory.plant({ kind: 'snapshot', name: `${prefix}${'0'.repeat(56)}` }, randomBytes(50));
    await expect(reader.findSnapshot(prefix)).rejects.toMatchObject({
      code: 'repo/snapshot-ambiguous',
    });
  });

  it('that cannot be read do not hide the others from who wants to be told', async () => {
    const memory = new MemoryBackend();
    const repository = await createTestRepository(memory);
    const { snapshot: bad } = await storeSnapshot(repository, { a: [Buffer.from('1')] });
    const { snapshot: good } = await storeSnapshot(repository, { a: [Buffer.from('2')] });
    memory.tamper({ kind: 'snapshot', name: bad }, (bytes) => flipBit(bytes, 20));
    const reader = await openTestRepository(memory);
    await expect(reader.listSnapshots()).rejects.toMatchObject({
      code: 'repo/damaged',
      context: { kind: 'snapshot', id: bad },
    });
    const unreadable: string[] = [];
    const listed = await reader.listSnapshots(undefined, (id) => unreadable.push(id));
    expect(listed.map(({ id }) => id)).toEqual([good]);
    expect(unreadable).toEqual([bad]);
    expect((await reader.findSnapshot('latest')).id).toBe(good);
  });

  it('are not written when the lock was lost or the writer has not finished', async () => {
    const memory = new MemoryBackend();
    const repository = await createTestRepository(memory);
    const lock = await repository.lock('shared');
    await repository.refreshIndex();
    const writer = repository.startWriter();
    const { id: tree } = await writer.save('tree', Buffer.from('{"nodes":[]}\n'));
    const snapshot = {
      time: { epochNs: 0n, offsetMinutes: 0 },
      tree,
      paths: ['/x'],
    };
    await expect(repository.saveSnapshot(snapshot, lock)).rejects.toMatchObject({
      code: 'internal/unexpected',
    });
    await writer.finish();
    for (const name of memory.names('lock')) memory.lose({ kind: 'lock', name });
    await expect(repository.saveSnapshot(snapshot, lock)).rejects.toMatchObject({
      code: 'repo/lock-lost',
    });
    expect(memory.names('snapshot')).toEqual([]);
  });
});
