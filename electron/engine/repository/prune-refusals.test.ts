/** What prune does not touch because the backup is not whole, or not surely its own. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { FileHandle } from '../backend/backend.ts';
import { ArchivesToPrune } from '../testing/archives-to-prune.ts';
import { flipBit } from '../testing/faulty-backend.ts';
import type { MemoryBackend } from '../testing/memory-backend.ts';
import { seedsOf } from '../testing/prune-scene.ts';

let scene: ArchivesToPrune;
let memory: MemoryBackend;

beforeEach(async () => {
  scene = await ArchivesToPrune.create();
  ({ memory } = scene);
});

describe('prune refuses, and deletes nothing, when', () => {
  const refused = { code: 'prune/backup-not-whole' };

  async function requireRefusal(context: Record<string, string> = {}): Promise<void> {
    await scene.reopen();
    const before = scene.stored();
    await expect(scene.run()).rejects.toMatchObject({ ...refused, context });
    expect(scene.stored()).toEqual(before);
    await expect(scene.run({ dryRun: true })).rejects.toMatchObject(refused);
    expect(memory.names('lock')).toEqual([]);
  }

  const first = (kind: 'pack' | 'index' | 'snapshot'): FileHandle => ({
    kind,
    name: memory.names(kind)[0] ?? '',
  });

  it('an index file is missing', async () => {
    await scene.store({ a: seedsOf('a', 5) });
    await scene.forget(await scene.store({ b: seedsOf('b', 20) }));
    memory.lose(first('index'));
    await requireRefusal({ kind: 'tree' });
  });

  it.each(['index', 'snapshot'] as const)('one %s is damaged', async (kind) => {
    await scene.store({ a: seedsOf('a', 5) });
    await scene.forget(await scene.store({ b: seedsOf('b', 20) }));
    memory.tamper(first(kind), (bytes) => flipBit(bytes, 50));
    await requireRefusal({ kind });
  });

  it('a pack with a needed blob is missing, or has another size', async () => {
    await scene.halfForgotten();
    const contents = memory.contents();
    const planned = await scene.run({ dryRun: true });
    let unneeded = 0;
    for (const pack of memory.names('pack')) {
      const file = { kind: 'pack', name: pack } as const;
      memory.lose(file);
      const { missing } = (await scene.run({ dryRun: true }).catch(() => null))?.packs ?? {};
      if (missing === 1) {
        unneeded += 1;
        memory.plant(file, contents.get(`data/${pack.slice(0, 2)}/${pack}`) ?? Buffer.alloc(0));
        continue;
      }
      await requireRefusal();
      const bytes = contents.get(`data/${pack.slice(0, 2)}/${pack}`) ?? Buffer.alloc(0);
      memory.plant(file, bytes.subarray(0, bytes.length - 1));
      await requireRefusal();
      memory.plant(file, bytes);
    }
    expect(unneeded).toBe(planned.packs.removed);
    await scene.run();
    await scene.requireSound();
  });

  it('a blob that would be rewritten is damaged, and has no other copy', async () => {
    await scene.halfForgotten();
    for (const pack of memory.names('pack')) {
      memory.tamper({ kind: 'pack', name: pack }, (bytes) => flipBit(bytes, 5_000));
    }
    const before = scene.stored();
    await expect(scene.run()).rejects.toMatchObject(refused);
    expect(scene.stored()).toEqual(expect.arrayContaining(before));
  });

  it('the lock is lost before it deletes', async () => {
    await scene.halfForgotten();
    const write = memory.write.bind(memory);
    memory.write = async (file, bytes, signal) => {
      await write(file, bytes, signal);
      if (file.kind !== 'index') return;
      for (const name of memory.names('lock')) memory.lose({ kind: 'lock', name });
    };
    await expect(scene.run()).rejects.toMatchObject({ code: 'repo/lock-lost' });
    memory.write = write;
    expect(memory.journal.filter((entry) => entry.startsWith('delete data'))).toEqual([]);
    expect(memory.journal.filter((entry) => entry.startsWith('delete index'))).toEqual([]);
    await scene.requireSound();
    await scene.run();
    await scene.requireSound();
  });

  it('what it wrote itself did not arrive', async () => {
    await scene.halfForgotten();
    const write = memory.write.bind(memory);
    let swallowed = 0;
    memory.write = async (file, bytes, signal) => {
      if (file.kind === 'pack' && swallowed++ === 1) return;
      await write(file, bytes, signal);
    };
    await expect(scene.run()).rejects.toMatchObject({ code: 'internal/unexpected' });
    memory.write = write;
    expect(memory.journal.filter((entry) => /delete (?:data|index)/u.test(entry))).toEqual([]);
  });
});
