/** A small repository for tests, with key slots that cost nothing, and shorthands for filling it. */
import { Repository, type BlobWriter } from '../repository/repository.ts';
import type { Backend } from '../backend/backend.ts';
import { encodeTree, type Node } from '../format/tree.ts';
import type { Id } from '../format/id.ts';
import type { RepositoryLock } from '../repository/lock.ts';
import type { SlotOptions } from '../repository/key-slots.ts';
import { testPorts, type TestPorts } from './test-ports.ts';

/** restic opens such slots too. */
export const fastSlot: SlotOptions = {
  kdf: { N: 16, r: 8, p: 1 },
  username: 'holdfast',
  hostname: 'holdfast',
};

export const TEST_PASSWORD = 'a password for tests';
export const testSecret = Buffer.from(TEST_PASSWORD);
/** Irreducible, of degree 53; from the restic format notes, section 10. */
export const TEST_POLYNOMIAL = 0x3da3358b4dc173n;

export async function createTestRepository(
  backend: Backend,
  ports: TestPorts = testPorts(),
): Promise<Repository> {
  return await Repository.create(backend, ports, {
    secret: testSecret,
    slot: fastSlot,
    prepared: Repository.prepare(TEST_POLYNOMIAL),
  });
}

export async function openTestRepository(
  backend: Backend,
  ports: TestPorts = testPorts(),
  secret: Uint8Array = testSecret,
): Promise<Repository> {
  return await Repository.open(backend, ports, { kind: 'secret', secret });
}

/** Runs `work` with a writer, under a lock, and finishes it. */
export async function writing<T>(
  repository: Repository,
  work: (writer: BlobWriter, lock: RepositoryLock) => Promise<T>,
): Promise<T> {
  const lock = await repository.lock('shared');
  try {
    await repository.refreshIndex();
    const writer = repository.startWriter();
    try {
      const result = await work(writer, lock);
      await writer.finish();
      return result;
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  } finally {
    await lock.release();
  }
}

/** One snapshot with these files in its root. Returns its id and that of its tree. */
export async function storeSnapshot(
  repository: Repository,
  files: Readonly<Record<string, readonly Buffer[]>>,
): Promise<{ readonly snapshot: Id; readonly tree: Id }> {
  const lock = await repository.lock('shared');
  try {
    await repository.refreshIndex();
    const writer = repository.startWriter();
    const nodes: Node[] = [];
    for (const name of Object.keys(files).toSorted()) {
      const content: Id[] = [];
      for (const chunk of files[name] ?? []) content.push((await writer.save('data', chunk)).id);
      const size = (files[name] ?? []).reduce((sum, { length }) => sum + length, 0);
      nodes.push(fileNode(name, size, content));
    }
    const { id: tree } = await writer.save('tree', encodeTree(nodes));
    await writer.finish();
    const { clock, identity, programVersion } = repository.core.ports;
    const snapshot = await repository.saveSnapshot(
      {
        time: { epochNs: clock.nowNs(), offsetMinutes: 0 },
        tree,
        paths: ['/test'],
        hostname: identity.hostname,
        username: identity.username,
        programVersion,
      },
      lock,
    );
    return { snapshot, tree };
  } finally {
    await lock.release();
  }
}

export function fileNode(name: string, size: number, content: Id[] | null): Node {
  const time = { epochNs: 1_700_000_000_000_000_000n, offsetMinutes: 0 };
  return {
    name: Buffer.from(name),
    type: 'file',
    mode: 0o644,
    mtime: time,
    atime: time,
    ctime: time,
    uid: 0,
    gid: 0,
    inode: 1n,
    deviceId: 1n,
    size,
    links: 1,
    linkTarget: Buffer.alloc(0),
    device: 0n,
    content,
    subtree: null,
  };
}
