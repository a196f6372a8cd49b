/** Packs are proven in threads, or a piece at a time where they are too large: both must say the same, and in the same order. */
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import type { CheckFinding } from '../../../shared/model/job.ts';
import type { FileHandle } from '../backend/backend.ts';
import { sha256Hex, type Id } from '../format/id.ts';
import { ProgressMeter } from '../progress-meter.ts';
import { flipBit } from '../testing/faulty-backend.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { TestJob, testPorts } from '../testing/test-ports.ts';
import { createTestRepository, openTestRepository, writing } from '../testing/test-repository.ts';
import { checkPacks } from './check-pack.ts';
import { FindingList, type CheckRun } from './check-run.ts';
import { IndexStore } from './index-store.ts';

const PACKS = 12;

/** Each of its packs has three blobs. */
async function repositoryOfPacks() {
  const memory = new MemoryBackend();
  const repository = await createTestRepository(memory);
  for (let pack = 0; pack < PACKS; pack += 1) {
    await writing(repository, async (writer) => {
      for (let blob = 0; blob < 3; blob += 1) await writer.save('data', randomBytes(90_000));
    });
  }
  const sizes = new Map<Id, number>();
  for await (const { name, sizeBytes } of memory.list('pack')) sizes.set(name, sizeBytes);
  return { memory, sizes };
}

async function runOf(memory: MemoryBackend, job = new TestJob()): Promise<CheckRun> {
  const { core } = await openTestRepository(memory);
  const index = new IndexStore(core);
  await index.refresh();
  return {
    core,
    index,
    meter: new ProgressMeter(testPorts().clock, job),
    signal: job.signal,
    findings: new FindingList(),
    readsPacks: true,
    badPacks: new Set(),
    badCopies: new Set(),
  };
}

it('says the same of packs that it proves in threads and of those that it reads in pieces', async () => {
  const { memory, sizes } = await repositoryOfPacks();
  const names = [...sizes.keys()];
  const fileOf = (at: number): FileHandle => ({ kind: 'pack', name: names[at] ?? '' });
  const sizeOf = (at: number): number => sizes.get(names[at] ?? '') ?? 0;
  // In a blob, in the header, in its length; gone.
  memory.tamper(fileOf(2), (bytes) => flipBit(bytes, 50_000));
  memory.tamper(fileOf(3), (bytes) => flipBit(bytes, 200_000));
  memory.tamper(fileOf(5), (bytes) => flipBit(bytes, sizeOf(5) - 40));
  memory.tamper(fileOf(7), (bytes) => flipBit(bytes, sizeOf(7) - 1));
  await memory.delete(fileOf(9));
  const outcomes: { findings: CheckFinding[]; badPacks: Id[]; badCopies: string[] }[] = [];
  for (const wholeBytes of [undefined, 0]) {
    const run = await runOf(memory);
    const bytes = await checkPacks(run, sizes, wholeBytes);
    expect(bytes).toBe([...sizes.values()].reduce((sum, size) => sum + size, 0));
    outcomes.push({
      findings: run.findings.listed,
      badPacks: [...run.badPacks],
      badCopies: [...run.badCopies],
    });
  }
  expect(outcomes[0]).toEqual(outcomes[1]);
  const { findings = [], badPacks = [], badCopies = [] } = outcomes[0] ?? {};
  expect(badPacks).toEqual([names[9]]);
  expect(badCopies).toHaveLength(2);
  const packs = findings.filter(({ subject }) => subject === 'pack').map(({ id }) => id);
  expect([...new Set(packs)]).toEqual([2, 3, 5, 7, 9].map((at) => names[at]));
  expect(findings.filter(({ subject }) => subject === 'blob')).toHaveLength(2);
});

it('finds nothing in sound packs, and leaves what was read to whoever had it', async () => {
  const { memory, sizes } = await repositoryOfPacks();
  const run = await runOf(memory);
  await checkPacks(run, sizes);
  await checkPacks(run, sizes);
  expect(run.findings.listed).toEqual([]);
  for (const name of sizes.keys()) {
    expect(sha256Hex(await memory.read({ kind: 'pack', name }))).toBe(name);
  }
});

it('ends when it is cancelled among its packs', async () => {
  const { memory, sizes } = await repositoryOfPacks();
  const job = new TestJob();
  let read = 0;
  const reading = memory.read.bind(memory);
  memory.read = async (file, range, signal) => {
    if (file.kind === 'pack' && (read += 1) === PACKS / 2) job.cancel();
    return reading(file, range, signal);
  };
  const run = await runOf(memory, job);
  await expect(checkPacks(run, sizes)).rejects.toMatchObject({ code: 'job/cancelled' });
  expect(read).toBeLessThan(PACKS);
});

it('ends when the storage is gone', async () => {
  const { memory, sizes } = await repositoryOfPacks();
  const run = await runOf(memory);
  const gone = new Error('the thread of the storage has ended');
  let read = 0;
  const reading = memory.read.bind(memory);
  memory.read = async (file, range, signal) => {
    if (file.kind === 'pack' && (read += 1) > 3) throw gone;
    return reading(file, range, signal);
  };
  await expect(checkPacks(run, sizes)).rejects.toBe(gone);
});
