/**
 * Reads packs wholly: the hash of each is its name, its header parses and says what the index says, and every blob in it decrypts, decompresses
 * and hashes to its id (restic format notes, section 15, `--read-data`). Read here one after the other, proven in threads.
 */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../../../shared/errors.ts';
import { tableOf } from '../format/blob-table.ts';
import type { Id } from '../format/id.ts';
import { keepInStep } from '../workers/keep-in-step.ts';
import { ownMemory } from '../workers/own-memory.ts';
import { SpareThreads } from '../workers/spare-threads.ts';
import { TaskPool, WORKERS } from '../workers/task-pool.ts';
import { openBlobNow } from './blob-reader.ts';
import type { CheckTasks, DamagedBlob, PackOutcome } from './check-messages.ts';
import { contentsOf, damageOf } from './check-proof.ts';
import type { CheckRun } from './check-run.ts';

/** In the sources a file of its own, in the app a bundle beside this one. */
const THREADS = new SpareThreads(
  new URL(
    import.meta.url.endsWith('.ts') ? './check-worker.ts' : './check-worker.js',
    import.meta.url,
  ),
);

/** For who knows that a check of data comes, and has to wait for something else first. */
export function prepareCheckThreads(): void {
  THREADS.prepare(WORKERS);
}

/** Packs up to this size are held in memory; larger ones (one giant folder) are read in ranges. */
const WHOLE_BYTES = 256 * 1024 * 1024;
const RANGE_BYTES = 16 * 1024 * 1024;
/** Of packs that are read and not proven yet; one is always let in. */
const MAX_BYTES_AHEAD = 64 * 1024 * 1024;

/** This file only; storage that is gone as a whole ends the check. */
interface Unreadable {
  /** What the storage said. */
  readonly unreadable: string;
}

interface Ahead {
  readonly pack: Id;
  readonly sizeBytes: number;
  readonly outcome: Promise<PackOutcome | Unreadable>;
}

/** Resolves with how many bytes were read. Packs of more than `wholeBytes` are not held in memory. */
export async function checkPacks(
  run: CheckRun,
  sizes: ReadonlyMap<Id, number>,
  wholeBytes = WHOLE_BYTES,
): Promise<number> {
  const { core, meter } = run;
  const pool: TaskPool<CheckTasks> = new TaskPool(THREADS, () => ({
    setUp: { masterKey: core.masterKey, control: pool.control.shared },
    transfer: [],
    heard: () => undefined,
    left: () => undefined,
  }));
  const endSteps = keepInStep(
    pool.control,
    async () => meter.step(),
    (error) => pool.fail(error),
  );
  // In the order of the packs, so that the same findings come in the same order.
  const ahead: Ahead[] = [];
  let bytesAhead = 0;
  let bytesRead = 0;
  const takeFirst = async (): Promise<void> => {
    const first = ahead.shift();
    if (first === undefined) return;
    report(run, first.pack, await first.outcome);
    bytesAhead -= first.sizeBytes;
    bytesRead += first.sizeBytes;
    meter.add(1, first.sizeBytes);
  };
  const hasRoom = (sizeBytes: number): boolean =>
    ahead.length === 0 || (ahead.length <= WORKERS && bytesAhead + sizeBytes <= MAX_BYTES_AHEAD);
  try {
    for (const [pack, sizeBytes] of sizes) {
      while (!hasRoom(sizeBytes)) await takeFirst();
      await meter.step();
      const whole = sizeBytes <= wholeBytes ? await readable(() => read(run, pack)) : null;
      let outcome: Ahead['outcome'];
      if (whole === null) outcome = readable(async () => proveInRanges(run, pack, sizeBytes));
      else if ('unreadable' in whole) outcome = Promise.resolve(whole);
      else outcome = prove(run, pool, pack, whole);
      // Told when its turn has come.
      outcome.catch(() => undefined);
      ahead.push({ pack, sizeBytes, outcome });
      bytesAhead += sizeBytes;
    }
    while (ahead.length > 0) await takeFirst();
  } finally {
    endSteps();
    await pool.end();
  }
  return bytesRead;
}

/** Whole, the backend verifies what came over the network by the storage's checksum. */
async function read({ core, signal }: CheckRun, pack: Id): Promise<Buffer> {
  return core.backend.read({ kind: 'pack', name: pack }, undefined, signal);
}

async function prove(
  { index }: CheckRun,
  pool: TaskPool<CheckTasks>,
  pack: Id,
  whole: Buffer,
): Promise<PackOutcome> {
  const bytes = ownMemory(whole);
  const blobs = tableOf(index.blobs.packEntries(pack));
  const transfer = [bytes.buffer, blobs.ids.buffer, blobs.numbers.buffer];
  return pool.run({ pack, bytes, blobs }, transfer, true);
}

/** On this thread, a piece at a time. */
async function proveInRanges(
  { core, index, signal }: CheckRun,
  pack: Id,
  sizeBytes: number,
): Promise<PackOutcome> {
  const readRange = (offset: number, length: number): Promise<Buffer> =>
    core.backend.read({ kind: 'pack', name: pack } as const, { offset, length }, signal);
  const hash = createHash('sha256');
  for (let offset = 0; offset < sizeBytes; offset += RANGE_BYTES) {
    hash.update(await readRange(offset, Math.min(RANGE_BYTES, sizeBytes - offset)));
  }
  const entries = index.blobs.packEntries(pack);
  const headerBytes = (await readRange(sizeBytes - 4, 4)).readUInt32LE(0);
  const tailBytes = Math.min(headerBytes + 4, sizeBytes);
  const tail = await readRange(sizeBytes - tailBytes, tailBytes);
  const damaged: DamagedBlob[] = [];
  for (const { type, id, offset, length, uncompressedLength } of entries) {
    const sealed = await readRange(offset, length);
    const open = (): Buffer => openBlobNow(core.masterKey, sealed, type, id, uncompressedLength);
    damaged.push(...damageOf(type, id, open));
  }
  return {
    hasItsHash: hash.digest('hex') === pack,
    contents: contentsOf(core.masterKey, tail, sizeBytes, entries),
    damaged,
  };
}

async function readable<T>(work: () => Promise<T>): Promise<T | Unreadable> {
  try {
    return await work();
  } catch (error) {
    if (!isFileTrouble(error)) throw error;
    return { unreadable: error.code };
  }
}

function report(run: CheckRun, pack: Id, outcome: PackOutcome | Unreadable): void {
  const { findings, badPacks, badCopies } = run;
  const error = (message: string): void => findings.error('pack', pack, message);
  if ('unreadable' in outcome) {
    error(`This pack file cannot be read (${outcome.unreadable}).`);
    badPacks.add(pack);
    return;
  }
  if (!outcome.hasItsHash)
    error('The content of this pack file does not match its name: it was altered.');
  if (outcome.contents === 'others')
    error('The table of contents of this pack file differs from the index.');
  if (outcome.contents === 'unreadable')
    error('The table of contents of this pack file cannot be read.');
  for (const { type, id, reason } of outcome.damaged) {
    findings.error('blob', id, `A piece of the backup in pack ${pack} is damaged: ${reason}.`);
    badCopies.add(copyKey(type, id, pack));
  }
}

export function copyKey(type: string, id: Id, pack: Id): string {
  return `${type} ${id} ${pack}`;
}

function isFileTrouble(error: unknown): error is HoldfastError {
  return (
    error instanceof HoldfastError &&
    ['backend/io', 'backend/not-found', 'backend/permission-denied'].includes(error.code)
  );
}
