/**
 * One backup to storage that is much slower than the source, in a process of its own, so that its memory can be measured from outside:
 * `slow-backup-process.ts SOURCE`. Packs are not kept. Prints the result.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { runBackup } from '../backup/archiver.ts';
import type { FileHandle } from '../backend/backend.ts';
import { openFileSystem } from '../native/open-file-system.ts';
import { createTestRepository, testJob, testPorts } from './engine-means.ts';
import { MemoryBackend } from './memory-backend.ts';

/** A pack of 16 MiB is read and sealed in less, on any machine that this runs on. */
const MS_A_WRITE = 200;

/** As a line to far away: one file after the other. */
class SlowBackend extends MemoryBackend {
  #turn: Promise<unknown> = Promise.resolve();

  override async write(file: FileHandle, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    if (file.kind !== 'pack') {
      await super.write(file, bytes, signal);
      return;
    }
    this.#turn = this.#turn.then(() => wait(MS_A_WRITE));
    await this.#turn;
  }
}

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('the source is needed');
const ports = testPorts();
// As the program does it: also tells the allocator to give memory back.
const fileSystem = await openFileSystem(ports.log);
const repository = await createTestRepository(new SlowBackend(), ports);
const result = await runBackup(
  repository,
  { sources: [source], excludes: [], excludedPlaces: [] },
  { ports, fileSystem },
  testJob(),
);
process.stdout.write(JSON.stringify(result));
