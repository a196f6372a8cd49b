import { describe, expect, it } from 'vitest';
import type { Backend, FileKind, StoredFile } from '../backend/backend.ts';
import { LOCAL_TRAITS } from '../backend/backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import type { Clock } from '../ports.ts';
import { InstantClock } from '../testing/instant-clock.ts';
import { TestClock } from '../testing/test-clock.ts';
import { testPorts } from '../testing/test-ports.ts';
import { fastSlot, testSecret, TEST_POLYNOMIAL } from '../testing/test-repository.ts';
import { encodeTree } from '../format/tree.ts';
import { Repository } from './repository.ts';

const LAG_MS = 35_000;

/** Somebody's view of a storage that others see late: what others wrote or deleted less than `lagMs` ago is not visible. */
class LateView {
  readonly backend: Backend;

  constructor(shared: SharedStorage) {
    const own = new Map<string, 'written' | 'deleted'>();
    const inner = shared.memory;
    const keyOf = (kind: FileKind, name: string): string => `${kind}/${name}`;
    this.backend = {
      location: 'late',
      traits: async () => ({ ...LOCAL_TRAITS, visibilityLagMs: LAG_MS }),
      prepare: () => Promise.resolve(),
      write: async (file, bytes) => {
        await inner.write(file, bytes);
        own.set(keyOf(file.kind, file.name), 'written');
        shared.note(file.kind, file.name, {
          name: file.name,
          sizeBytes: bytes.length,
          modifiedMs: 0,
        });
      },
      read: (file, range) => inner.read(file, range),
      stat: (file) => inner.stat(file),
      list: (kind) => shared.listed(kind, own, keyOf),
      delete: async (file) => {
        await inner.delete(file);
        own.set(keyOf(file.kind, file.name), 'deleted');
        shared.note(file.kind, file.name, null);
      },
      space: async () => ({ freeBytes: null, totalBytes: null }),
    };
  }
}

class SharedStorage {
  readonly memory = new MemoryBackend();
  readonly #clock: Clock;
  readonly #history: { kind: FileKind; name: string; atMs: number; file: StoredFile | null }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(kind: FileKind, name: string, file: StoredFile | null): void {
    this.#history.push({ kind, name, atMs: this.#clock.monotonicMs(), file });
  }

  async *listed(
    kind: FileKind,
    own: ReadonlyMap<string, 'written' | 'deleted'>,
    keyOf: (kind: FileKind, name: string) => string,
  ): AsyncGenerator<StoredFile, void, void> {
    const upTo = this.#clock.monotonicMs() - 30_000;
    const files = new Map<string, StoredFile>();
    for (const event of this.#history) {
      const isOwn = own.has(keyOf(event.kind, event.name));
      if (event.kind !== kind || (!isOwn && event.atMs > upTo)) continue;
      if (event.file === null) files.delete(event.name);
      else files.set(event.name, event.file);
    }
    yield* files.values();
  }
}

async function twoComputers() {
  const clock = new InstantClock();
  const shared = new SharedStorage(clock);
  const ports = (hostname: string) => ({ ...testPorts({ hostname }), clock });
  const first = await Repository.create(new LateView(shared).backend, ports('first'), {
    secret: testSecret,
    slot: fastSlot,
    prepared: Repository.prepare(TEST_POLYNOMIAL),
  });
  // An archive that both know.
  await store(first, 'common');
  await clock.sleep(60_000);
  const other = await Repository.open(new LateView(shared).backend, ports('other'), {
    kind: 'secret',
    secret: testSecret,
  });
  return { clock, shared, first, other };
}

async function begin(repository: Repository) {
  const lock = await repository.lock('shared');
  await repository.refreshIndex();
  return { lock, writer: repository.startWriter() };
}

async function finish(
  repository: Repository,
  { lock, writer }: Awaited<ReturnType<typeof begin>>,
  content: string,
): Promise<string> {
  try {
    await writer.save('data', Buffer.from(content));
    const { id: tree } = await writer.save('tree', encodeTree([]));
    await writer.finish();
    const { clock } = repository.core.ports;
    const time = { epochNs: clock.nowNs(), offsetMinutes: 0 };
    return await repository.saveSnapshot({ time, tree, paths: ['/x'], hostname: 'x' }, lock);
  } catch (error) {
    await writer.abandon().catch(() => undefined);
    throw error;
  } finally {
    await lock.release();
  }
}

async function store(repository: Repository, content: string): Promise<string> {
  return finish(repository, await begin(repository), content);
}

describe('locks where others see late', () => {
  it('let two writers add side by side', async () => {
    const { first, other } = await twoComputers();
    const [one, two] = [await begin(first), await begin(other)];
    await Promise.all([finish(first, one, 'one'), finish(other, two, 'two')]);
    expect(await first.listSnapshots()).not.toHaveLength(0);
  });

  it('keep a deleter out while somebody writes, even when neither saw the other at first', async () => {
    const { first, other } = await twoComputers();
    const running = await begin(first);
    // The lock of the first is not visible to the other yet; it is, when the other has waited.
    await expect(other.lock('exclusive')).rejects.toMatchObject({ code: 'repo/locked' });
    expect(await finish(first, running, 'new')).toMatch(/^[0-9a-f]{64}$/u);
  });

  it('refuse a writer at once while somebody deletes', async () => {
    const { first, other, clock } = await twoComputers();
    const deleting = await other.lock('exclusive');
    await expect(begin(first)).rejects.toMatchObject({ code: 'repo/locked' });
    await deleting.release();
    await clock.sleep(60_000);
    expect(await store(first, 'new')).toMatch(/^[0-9a-f]{64}$/u);
  });

  it('let at most one go on when a writer and a deleter come at the same moment', async () => {
    const { first, other, shared } = await twoComputers();
    const before = shared.memory.names('index').length;
    const [deleting, running] = await Promise.allSettled([other.lock('exclusive'), begin(first)]);
    if (running.status === 'rejected') {
      expect(deleting.status).toBe('fulfilled');
      return;
    }
    if (deleting.status === 'rejected') {
      expect(await finish(first, running.value, 'new')).toMatch(/^[0-9a-f]{64}$/u);
      return;
    }
    await expect(finish(first, running.value, 'new')).rejects.toMatchObject({
      code: 'repo/locked',
    });
    expect(shared.memory.names('index')).toHaveLength(before);
  });

  it('show what was deleted before they are seen to be gone', async () => {
    const { first, other, shared } = await twoComputers();
    await first.refreshIndex();
    const lock = await other.lock('exclusive');
    for (const name of shared.memory.names('index')) {
      await other.backend.delete({ kind: 'index', name });
    }
    await lock.release();
    const id = await store(first, 'common');
    // It was not taken for known: nothing of the old index is built on.
    const { snapshot } = await first.findSnapshot(id);
    const fresh = await Repository.open(first.backend, first.core.ports, {
      kind: 'secret',
      secret: testSecret,
    });
    await fresh.refreshIndex();
    expect(fresh.has('tree', snapshot.tree)).toBe(true);
  });
});

/** Here time passes only when told, so that whatever waits does so. */
async function withTimeAtHand() {
  const clock = new TestClock();
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 1000) {
      clock.advance(1000);
      for (let turn = 0; turn < 10; turn++) await new Promise((next) => setImmediate(next));
    }
  };
  const shared = new SharedStorage(clock);
  const ports = (hostname: string) => ({ ...testPorts({ hostname }), clock });
  const adder = await Repository.create(new LateView(shared).backend, ports('adder'), {
    secret: testSecret,
    slot: fastSlot,
    prepared: Repository.prepare(TEST_POLYNOMIAL),
  });
  await Promise.all([store(adder, 'common'), pass(80_000)]);
  const open = async (hostname: string) =>
    Repository.open(new LateView(shared).backend, ports(hostname), {
      kind: 'secret',
      secret: testSecret,
    });
  const index = () => shared.memory.names('index');
  return { pass, shared, adder, open, index };
}

describe('a lock that settles beside the work', () => {
  it('notices a deleter whom it missed at first before he is gone again', async () => {
    const { pass, shared, adder, open, index } = await withTimeAtHand();
    const deleter = await open('deleter');
    const before = index();
    const deleting = deleter.lock('exclusive');
    await pass(10_000);
    const running = await begin(adder);
    // His look comes before he can see the adder, and he deletes what no index names.
    await pass(26_000);
    const lock = await deleting;
    await pass(10_000);
    const released = lock.release();
    await pass(80_000);
    await released;
    expect(shared.memory.names('lock')).toHaveLength(1);
    await Promise.all([
      expect(finish(adder, running, 'new')).rejects.toMatchObject({ code: 'repo/locked' }),
      pass(80_000),
    ]);
    expect(index()).toEqual(before);
  });

  it('stops a writer that builds on what a program without such manners has deleted', async () => {
    const { pass, shared, open, index } = await withTimeAtHand();
    const other = await open('other');
    await other.refreshIndex();
    for (const name of index()) {
      await shared.memory.delete({ kind: 'index', name });
      shared.note('index', name, null);
    }
    const running = await begin(other);
    await Promise.all([
      expect(finish(other, running, 'common')).rejects.toMatchObject({ code: 'repo/lock-lost' }),
      pass(80_000),
    ]);
    expect(index()).toEqual([]);
  });
});
