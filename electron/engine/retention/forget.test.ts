import { beforeEach, describe, expect, it } from 'vitest';

import type { Id } from '../format/id.ts';
import type { Repository } from '../repository/repository.ts';
import { FaultyBackend, flipBit } from '../testing/faulty-backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { TestJob, testPorts, type TestPorts } from '../testing/test-ports.ts';
import {
  createTestRepository,
  openTestRepository,
  storeSnapshot,
} from '../testing/test-repository.ts';
import { forgetByName, forgetByRules } from './forget.ts';

const DAY_MS = 86_400_000;
const FILTER = { hosts: [], tags: [], paths: [] };

let memory: MemoryBackend;
let faulty: FaultyBackend;
let ports: TestPorts;
let repository: Repository;
/** Oldest first, a day apart. */
let ids: Id[];

beforeEach(async () => {
  memory = new MemoryBackend();
  faulty = new FaultyBackend(memory);
  ports = testPorts();
  repository = await createTestRepository(faulty, ports);
  ids = [];
  for (let day = 0; day < 5; day++) {
    const { snapshot } = await storeSnapshot(repository, { a: [Buffer.from(`day ${day}`)] });
    ids.push(snapshot);
    ports.clock.advance(DAY_MS);
  }
  memory.journal.length = 0;
});

function byRules(rules: Parameters<typeof forgetByRules>[1]['rules'], dryRun = false) {
  const request = { rules, groupBy: [], filter: FILTER, dryRun };
  return forgetByRules(repository, request, new TestJob());
}

const left = (): Id[] => ids.filter((id) => memory.names('snapshot').includes(id));

describe('removing archives by rules', () => {
  it('removes just the snapshot files, under an exclusive lock, and says why the others stay', async () => {
    const result = await byRules({ last: 2 });
    expect(left()).toEqual(ids.slice(3));
    expect(result).toMatchObject({ kind: 'forget', dryRun: false });
    expect(new Set(result.removedIds)).toEqual(new Set(ids.slice(0, 3)));
    const [group] = result.groups;
    expect(group?.archives.map(({ id, keep }) => [id, keep])).toEqual(
      ids.toReversed().map((id, at) => [id, at < 2]),
    );
    expect(group?.archives[0]).toMatchObject({ reasons: ['last snapshot'], hostname: 'test-host' });
    const touched = memory.journal.filter((entry) => !entry.includes('locks/'));
    expect(touched).toHaveLength(3);
    expect(touched.every((entry) => entry.startsWith('delete snapshots/'))).toBe(true);
    expect(memory.journal[0]).toMatch(/^write locks/u);
    expect(memory.names('lock')).toEqual([]);
  });

  it('changes nothing in a dry run, says the same, and needs no exclusive lock', async () => {
    const shared = await repository.lock('shared');
    const before = memory.names('snapshot');
    const result = await byRules({ last: 1 }, true);
    expect(result.dryRun).toBe(true);
    expect(result.removedIds).toHaveLength(4);
    expect(memory.names('snapshot')).toEqual(before);
    await expect(byRules({ last: 1 })).rejects.toMatchObject({ code: 'repo/locked' });
    expect(memory.names('snapshot')).toEqual(before);
    await shared.release();
  });

  it('keeps what is named by the beginning of its id, and removes nothing when it is not known', async () => {
    const oldest = ids[0] ?? '';
    await expect(byRules({ last: 1, ids: ['0123456789'] })).rejects.toMatchObject({
      code: 'repo/snapshot-not-found',
    });
    expect(left()).toEqual(ids);
    await byRules({ last: 1, ids: [oldest.slice(0, 10)] });
    expect(left()).toEqual([oldest, ids[4]]);
  });

  it('refuses negative counts before it asks for a lock', async () => {
    await expect(byRules({ daily: -1 })).rejects.toMatchObject({
      code: 'forget/invalid-rule',
      context: { rule: 'daily', value: '-1' },
    });
    expect(memory.journal).toEqual([]);
  });

  it('removes nothing when an archive cannot be read', async () => {
    memory.tamper({ kind: 'snapshot', name: ids[2] ?? '' }, (bytes) => flipBit(bytes, 30));
    repository = await openTestRepository(faulty, ports);
    await expect(byRules({ last: 1 })).rejects.toMatchObject({ code: 'repo/damaged' });
    expect(left()).toEqual(ids);
    expect(memory.names('lock')).toEqual([]);
  });

  it('that fails half-way goes on where it was when run again', async () => {
    faulty.add({
      operation: 'delete',
      kind: 'snapshot',
      from: 2,
      effect: { kind: 'fail', code: 'backend/unavailable' },
    });
    await expect(byRules({ last: 1 })).rejects.toMatchObject({ code: 'backend/unavailable' });
    expect(left().length).toBeGreaterThan(1);
    expect(left()).toContain(ids[4]);
    faulty.heal();
    await byRules({ last: 1 });
    expect(left()).toEqual([ids[4]]);
  });

  it('does nothing under a lock that somebody else removed', async () => {
    const list = memory.list.bind(memory);
    memory.list = (kind, signal) => {
      if (kind === 'snapshot')
        for (const name of memory.names('lock')) memory.lose({ kind: 'lock', name });
      return list(kind, signal);
    };
    await expect(byRules({ last: 1 })).rejects.toMatchObject({ code: 'repo/lock-lost' });
    expect(left()).toEqual(ids);
  });
});

describe('removing archives by name', () => {
  it('removes them, the last one and unreadable ones too, and none when one is not known', async () => {
    memory.tamper({ kind: 'snapshot', name: ids[1] ?? '' }, (bytes) => flipBit(bytes, 30));
    const job = new TestJob();
    await expect(forgetByName(repository, [ids[0] ?? '', 'abc'], false, job)).rejects.toMatchObject(
      { code: 'repo/snapshot-not-found' },
    );
    await expect(forgetByName(repository, ['latest'], false, job)).rejects.toMatchObject({
      code: 'repo/snapshot-not-found',
    });
    expect(left()).toEqual(ids);
    const prefixes = ids.map((id) => id.slice(0, 12));
    const planned = await forgetByName(repository, prefixes, true, job);
    expect(planned.removedIds).toEqual(ids);
    expect(left()).toEqual(ids);
    await forgetByName(repository, [...prefixes, ids[0] ?? ''], false, job);
    expect(left()).toEqual([]);
  });

  it('stops when it is cancelled', async () => {
    const job = new TestJob();
    job.cancel();
    await expect(forgetByName(repository, ids, false, job)).rejects.toMatchObject({
      code: 'job/cancelled',
    });
    expect(left()).toEqual(ids);
    expect(memory.names('lock')).toEqual([]);
  });
});
