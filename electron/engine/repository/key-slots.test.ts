import { describe, expect, it } from 'vitest';

import { HoldfastError } from '../../../shared/errors.ts';
import { FaultyBackend } from '../testing/faulty-backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { testPorts } from '../testing/test-ports.ts';
import {
  createTestRepository,
  fastSlot,
  openTestRepository,
  testSecret,
} from '../testing/test-repository.ts';
import { addKey, changeKey, listKeys, removeKey } from './key-slots.ts';
import { Repository } from './repository.ts';

const other = Buffer.from('another password');

async function opens(memory: MemoryBackend, secret: Uint8Array): Promise<boolean> {
  return await openTestRepository(memory, testPorts(), secret).then(
    () => true,
    () => false,
  );
}

describe('key slots', () => {
  it('are added: both secrets open the same repository', async () => {
    const memory = new MemoryBackend();
    const repository = await createTestRepository(memory);
    const { keyId, slotKey } = await addKey(repository, other, { ...fastSlot, username: 'ann' });
    expect(repository.keyId).not.toBe(keyId);
    expect(await opens(memory, testSecret)).toBe(true);
    const second = await openTestRepository(memory, testPorts(), other);
    expect(second.keyId).toBe(keyId);
    expect(Buffer.from(second.slotKey)).toEqual(Buffer.from(slotKey));
    expect(second.config).toEqual(repository.config);
    const slots = await listKeys(repository);
    expect(slots).toHaveLength(2);
    expect(slots.find(({ id }) => id === keyId)).toMatchObject({
      isCurrent: false,
      keyFile: { username: 'ann', hostname: 'holdfast' },
    });
    expect(slots.find(({ isCurrent }) => isCurrent)?.id).toBe(repository.keyId);
    expect(memory.names('lock')).toEqual([]);
  });

  it('are removed, but never the one in use nor one that is not there', async () => {
    const memory = new MemoryBackend();
    const repository = await createTestRepository(memory);
    const { keyId } = await addKey(repository, other, fastSlot);
    await expect(removeKey(repository, repository.keyId)).rejects.toMatchObject({
      code: 'repo/key-in-use',
    });
    await expect(removeKey(repository, '0'.repeat(64))).rejects.toMatchObject({
      code: 'repo/key-not-found',
    });
    await removeKey(repository, keyId);
    expect(await opens(memory, other)).toBe(false);
    expect(await opens(memory, testSecret)).toBe(true);
  });

  it('are never removed when the one in use has been removed by somebody else', async () => {
    const memory = new MemoryBackend();
    const repository = await createTestRepository(memory);
    const { keyId } = await addKey(repository, other, fastSlot);
    memory.lose({ kind: 'key', name: repository.keyId });
    await expect(removeKey(repository, keyId)).rejects.toMatchObject({ code: 'repo/key-in-use' });
    expect(await opens(memory, other)).toBe(true);
  });

  it('are changed: the new one first, then the old one goes; others stay', async () => {
    const memory = new MemoryBackend();
    const repository = await createTestRepository(memory);
    const third = Buffer.from('the third');
    await addKey(repository, third, fastSlot);
    const oldId = repository.keyId;
    const access = await changeKey(repository, other, fastSlot);
    expect(repository.keyId).toBe(access.keyId);
    const keys = memory.journal.filter((entry) => entry.includes('keys/'));
    expect(keys.slice(-2)).toEqual([`write keys/${access.keyId}`, `delete keys/${oldId}`]);
    expect(await opens(memory, testSecret)).toBe(false);
    expect(await opens(memory, other)).toBe(true);
    expect(await opens(memory, third)).toBe(true);
    const ports = testPorts();
    await Repository.open(memory, ports, { kind: 'slot', ...access });
  });

  it('that do not read back as written are taken away again, and the old one stays', async () => {
    const memory = new MemoryBackend();
    await createTestRepository(memory);
    const faulty = new FaultyBackend(memory);
    const repository = await openTestRepository(faulty);
    faulty.add({
      operation: 'read',
      kind: 'key',
      effect: { kind: 'corrupt', atByte: 300 },
    });
    await expect(changeKey(repository, other, fastSlot)).rejects.toBeInstanceOf(HoldfastError);
    expect(memory.names('key')).toEqual([repository.keyId]);
    expect(await opens(memory, testSecret)).toBe(true);
  });

  it('are left both when the old one cannot be deleted', async () => {
    const memory = new MemoryBackend();
    await createTestRepository(memory);
    const faulty = new FaultyBackend(memory);
    const repository = await openTestRepository(faulty);
    faulty.add({
      operation: 'delete',
      kind: 'key',
      effect: { kind: 'fail', code: 'backend/unavailable' },
    });
    await expect(changeKey(repository, other, fastSlot)).rejects.toMatchObject({
      code: 'backend/unavailable',
    });
    expect(await opens(memory, testSecret)).toBe(true);
    expect(await opens(memory, other)).toBe(true);
  });

  it('are not touched while somebody else works', async () => {
    const memory = new MemoryBackend();
    const repository = await createTestRepository(memory);
    const lock = await repository.lock('shared');
    const before = memory.names('key');
    await expect(changeKey(repository, other, fastSlot)).rejects.toMatchObject({
      code: 'repo/locked',
    });
    expect(memory.names('key')).toEqual(before);
    await lock.release();
  });

  it('shows a malformed file as such', async () => {
    const memory = new MemoryBackend();
    const repository = await createTestRepository(memory);
    memory.plant({ kind: 'key', name: '00'.repeat(32) }, Buffer.from('{}'));
    expect(await listKeys(repository)).toContainEqual({
      id: '00'.repeat(32),
      keyFile: null,
      isCurrent: false,
    });
  });
});
