import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';

import { sha256Hex } from '../format/id.ts';
import { encodeTree } from '../format/tree.ts';
import { FaultyBackend, flipBit } from '../testing/faulty-backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { TestJob } from '../testing/test-ports.ts';
import {
  createTestRepository,
  fileNode,
  openTestRepository,
  storeSnapshot,
  writing,
} from '../testing/test-repository.ts';
import { check } from './check.ts';
import type { Repository } from './repository.ts';

let memory: MemoryBackend;
let stored: { readonly snapshot: string; readonly tree: string };
const content = randomBytes(3000);
const second = randomBytes(2000);

beforeEach(async () => {
  memory = new MemoryBackend();
  const repository = await createTestRepository(memory);
  stored = await storeSnapshot(repository, { 'a.bin': [content, second], 'b.bin': [second] });
});

async function opened(): Promise<Repository> {
  return await openTestRepository(memory);
}

async function findings(readData = false): Promise<string[]> {
  const result = await check(await opened(), { readData }, new TestJob());
  expect(memory.names('lock')).toEqual([]);
  const errors = result.findings.filter(({ severity }) => severity === 'error');
  expect(result.errorCount).toBe(errors.length);
  return errors.map(({ subject, message }) => `${subject}: ${message}`);
}

async function packOf(type: 'data' | 'tree', id: string): Promise<string> {
  const repository = await opened();
  await repository.refreshIndex();
  return repository.locate(type, id)[0]?.pack ?? '';
}

describe('a sound repository', () => {
  it('has no errors, and every byte is read when that is asked', async () => {
    expect(await findings()).toEqual([]);
    const job = new TestJob();
    const result = await check(await opened(), { readData: true }, job);
    let packBytes = 0;
    for await (const { sizeBytes } of memory.list('pack')) packBytes += sizeBytes;
    expect(result).toMatchObject({
      kind: 'check',
      readData: true,
      packsChecked: 2,
      bytesRead: packBytes,
      snapshotsChecked: 1,
      errorCount: 0,
      findings: [],
    });
    expect(job.reports.at(-1)).toMatchObject({ phase: 'finishing', bytesDone: packBytes });
  });

  it('gets a hint for what is left over or listed twice', async () => {
    const bytes = randomBytes(100);
    memory.plant({ kind: 'pack', name: sha256Hex(bytes) }, bytes);
    const result = await check(await opened(), { readData: true }, new TestJob());
    expect(result.errorCount).toBe(0);
    expect(result.findings).toMatchObject([
      { severity: 'hint', subject: 'pack', id: sha256Hex(bytes) },
    ]);
  });

  it('can be cancelled, and leaves no lock', async () => {
    const job = new TestJob();
    job.cancel();
    await expect(check(await opened(), { readData: true }, job)).rejects.toMatchObject({
      code: 'job/cancelled',
    });
    expect(memory.names('lock')).toEqual([]);
  });
});

describe('one turned bit', () => {
  it('in a snapshot is told and found', async () => {
    memory.tamper({ kind: 'snapshot', name: stored.snapshot }, (bytes) => flipBit(bytes, 30));
    const repository = await opened();
    await expect(repository.findSnapshot(stored.snapshot)).rejects.toMatchObject({
      code: 'repo/damaged',
      context: { kind: 'snapshot', id: stored.snapshot },
    });
    expect(await findings()).toEqual([expect.stringMatching(/^snapshot: This archive cannot/u)]);
  });

  it('in an index is told and found, with the files that need it', async () => {
    const [index] = memory.names('index');
    memory.tamper({ kind: 'index', name: index ?? '' }, (bytes) => flipBit(bytes, 50));
    await expect((await opened()).refreshIndex()).rejects.toMatchObject({
      code: 'repo/damaged',
      context: { kind: 'index', id: index },
    });
    expect(await findings()).toEqual([
      expect.stringMatching(/^index: This index file cannot be used/u),
      expect.stringMatching(/^tree: A folder is missing/u),
    ]);
  });

  it('in a key file is found', async () => {
    const [key] = memory.names('key');
    memory.tamper({ kind: 'key', name: key ?? '' }, (bytes) =>
      Buffer.from(bytes.toString('utf8').replace('holdfast', 'holdfasu')),
    );
    expect(await findings()).toEqual([expect.stringMatching(/^key: This key file was altered/u)]);
  });

  it('in a lock stops whoever wants to work, and goes with unlock', async () => {
    const name = 'ab'.repeat(32);
    memory.plant({ kind: 'lock', name }, randomBytes(100));
    const repository = await opened();
    await expect(repository.lock('shared')).rejects.toMatchObject({ code: 'repo/locked' });
    expect(await repository.removeLocks('all')).toBe(1);
    await (await repository.lock('exclusive')).release();
  });

  it.each([0, 20, 1500, 3020])('at byte %i of a data blob is never handed out', async (at) => {
    const pack = await packOf('data', sha256Hex(content));
    const repository = await opened();
    await repository.refreshIndex();
    const offset = repository.locate('data', sha256Hex(content))[0]?.offset ?? 0;
    memory.tamper({ kind: 'pack', name: pack }, (bytes) => flipBit(bytes, offset + at));
    await expect(repository.loadBlob('data', sha256Hex(content))).rejects.toMatchObject({
      code: 'repo/damaged',
      context: { kind: 'data', id: sha256Hex(content), pack },
    });
    expect(await repository.loadBlob('data', sha256Hex(second))).toEqual(second);
    // Only reading finds it, and then the file is named.
    expect(await findings(false)).toEqual([]);
    expect(await findings(true)).toEqual([
      expect.stringMatching(/^pack: The content of this pack file does not match its name/u),
      expect.stringMatching(/^blob: A piece of the backup in pack/u),
      expect.stringMatching(/^blob: A file cannot be restored whole: .*\/a\.bin \(1 of 2/u),
    ]);
  });

  it('in the table of contents of a pack is found', async () => {
    const pack = await packOf('data', sha256Hex(content));
    memory.tamper({ kind: 'pack', name: pack }, (bytes) => flipBit(bytes, bytes.length - 20));
    expect(await findings(true)).toEqual([
      expect.stringMatching(/^pack: The content of this pack file does not match/u),
      expect.stringMatching(/^pack: The table of contents of this pack file cannot be read/u),
    ]);
  });

  it('in a tree is told and found', async () => {
    const pack = await packOf('tree', stored.tree);
    memory.tamper({ kind: 'pack', name: pack }, (bytes) => flipBit(bytes, 25));
    const repository = await opened();
    await repository.refreshIndex();
    await expect(repository.loadBlob('tree', stored.tree)).rejects.toMatchObject({
      code: 'repo/damaged',
      context: { kind: 'tree' },
    });
    expect(await findings()).toEqual([expect.stringMatching(/^tree: A folder cannot be read/u)]);
  });
});

describe('what is missing', () => {
  it.each(['lost', 'cut short'])(
    'a pack that is %s is found with the files it held',
    async (how) => {
      const pack = await packOf('data', sha256Hex(content));
      const file = { kind: 'pack', name: pack } as const;
      if (how === 'lost') memory.lose(file);
      else memory.tamper(file, (bytes) => bytes.subarray(0, 1000));
      const repository = await opened();
      await repository.refreshIndex();
      await expect(repository.loadBlob('data', sha256Hex(second))).rejects.toMatchObject({
        code: how === 'lost' ? 'repo/blob-missing' : 'repo/damaged',
      });
      expect(await findings()).toEqual([
        expect.stringMatching(
          how === 'lost'
            ? /^pack: This pack file is missing/u
            : /^pack: This pack file has 1000 bytes/u,
        ),
        expect.stringMatching(/a\.bin \(2 of 2/u),
        expect.stringMatching(/b\.bin \(1 of 1/u),
      ]);
    },
  );

  it('an index file: nothing is found, and the folder is reported', async () => {
    for (const name of memory.names('index')) memory.lose({ kind: 'index', name });
    const repository = await opened();
    await repository.refreshIndex();
    await expect(repository.loadBlob('tree', stored.tree)).rejects.toMatchObject({
      code: 'repo/blob-missing',
    });
    expect(await findings()).toEqual([expect.stringMatching(/^tree: A folder is missing/u)]);
  });

  it('one copy of two is no loss', async () => {
    const other = await opened();
    await other.refreshIndex();
    // A second program that did not know of the first one's pack.
    const alone = await opened();
    const lock = await alone.lock('shared');
    const [index] = memory.names('index');
    const kept = await memory.read({ kind: 'index', name: index ?? '' });
    memory.lose({ kind: 'index', name: index ?? '' });
    await alone.refreshIndex();
    const writer = alone.startWriter();
    await writer.save('data', content);
    await writer.finish();
    await lock.release();
    memory.plant({ kind: 'index', name: index ?? '' }, kept);
    const repository = await opened();
    await repository.refreshIndex();
    const copies = repository.locate('data', sha256Hex(content));
    expect(copies).toHaveLength(2);
    for (const { pack, offset } of copies) {
      const before = await memory.read({ kind: 'pack', name: pack });
      memory.tamper({ kind: 'pack', name: pack }, (bytes) => flipBit(bytes, offset + 100));
      expect(await repository.loadBlob('data', sha256Hex(content))).toEqual(content);
      expect((await findings(true)).some((text) => text.includes('a.bin'))).toBe(false);
      memory.tamper({ kind: 'pack', name: pack }, () => before);
    }
  });
});

describe('trees that do not hold together', () => {
  async function storeTree(plain: Buffer): Promise<void> {
    const repository = await opened();
    const tree = await writing(repository, async (writer) => (await writer.save('tree', plain)).id);
    const lock = await repository.lock('shared');
    const time = { epochNs: 1n, offsetMinutes: 0 };
    await repository.saveSnapshot({ time, tree, paths: ['/odd'] }, lock);
    await lock.release();
  }

  it('are found: unknown contents, and names that lead elsewhere', async () => {
    await storeTree(encodeTree([fileNode('..', 0, []), fileNode('x', 5, ['cd'.repeat(32)])]));
    expect(await findings()).toEqual([
      expect.stringMatching(/^tree: An entry has a name that cannot be restored/u),
      expect.stringMatching(/^blob: A file cannot be restored whole: .*\/x \(1 of 1/u),
    ]);
  });

  it('are found: a file without a list of contents', async () => {
    const text = encodeTree([fileNode('x', 5, [])]).toString('utf8');
    await storeTree(Buffer.from(text.replace('"content":[]', '"content":null')));
    expect(await findings()).toEqual([
      expect.stringMatching(/^tree: A folder cannot be read: .*it has an unknown form/u),
    ]);
  });
});

describe('storage that fails', () => {
  it('ends reading and checking with its own error: that is no damage', async () => {
    const faulty = new FaultyBackend(memory);
    const repository = await openTestRepository(faulty);
    await repository.refreshIndex();
    faulty.add({
      operation: 'read',
      kind: 'pack',
      effect: { kind: 'fail', code: 'backend/unavailable' },
    });
    const gone = { code: 'backend/unavailable' };
    await expect(repository.loadBlob('tree', stored.tree)).rejects.toMatchObject(gone);
    await expect(check(repository, { readData: true }, new TestJob())).rejects.toMatchObject(gone);
  });

  it('that turns a bit on the way is noticed as well', async () => {
    const faulty = new FaultyBackend(memory);
    const repository = await openTestRepository(faulty);
    await repository.refreshIndex();
    faulty.add({ operation: 'read', kind: 'pack', effect: { kind: 'corrupt', atByte: 7 } });
    await expect(repository.loadBlob('tree', stored.tree)).rejects.toMatchObject({
      code: 'repo/damaged',
    });
  });
});

describe('a disk that cannot be written', () => {
  it('can still be read and checked', async () => {
    const readOnly = new FaultyBackend(memory);
    readOnly.add({
      operation: 'write',
      effect: { kind: 'fail', code: 'backend/permission-denied' },
    });
    const repository = await openTestRepository(readOnly);
    expect(await repository.lockForReading()).toBeNull();
    const result = await check(repository, { readData: true }, new TestJob());
    expect(result).toMatchObject({ errorCount: 0, packsChecked: 2 });
  });
});
