/**
 * Sources whose bytes are in a cloud and not on this disk. By the plan they are left out and listed, or fetched, one by one and with a limit
 * of time. What the last archive holds of such a file is kept in the new one as long as the file is as long and as old as it was.
 */
import { lstat } from 'node:fs/promises';
import { noCloudFiles, type CloudFiles } from '../native/cloud-files.ts';
import { nameOfStub, sizeInStub } from '../native/icloud-stubs.ts';
import { displayPath, joinPath } from '../native/path-bytes.ts';
import { systemCode } from '../native/system-failure.ts';
import type { Clock } from '../ports.ts';

export type CloudPolicy = 'skip' | 'fetch';

/** A name in a folder whose file is elsewhere, known by its stub. */
export interface StubbedFile {
  readonly name: Buffer;
  readonly sizeBytes: number;
}

const PATIENCE_MS = 5 * 60_000;
const LOOK_EVERY_MS = 250;

export class CloudSources {
  readonly #cloud: CloudFiles;
  readonly #policy: CloudPolicy;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(cloud: CloudFiles, policy: CloudPolicy, clock: Clock, signal: AbortSignal) {
    this.#cloud = cloud;
    this.#policy = policy;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** False on systems where all that is named is on the disk. */
  get isNeeded(): boolean {
    return this.#cloud !== noCloudFiles;
  }

  /**
   * Takes the stubs out of a folder's names; in fetch mode those that came are under their own names. What is left out anyway is not fetched.
   * `here` is in the order of names.
   */
  async sort(
    folder: Buffer,
    names: readonly Buffer[],
    isLeftOut: (name: Buffer, sizeBytes: number) => boolean,
  ): Promise<{ readonly here: readonly Buffer[]; readonly stubbed: readonly StubbedFile[] }> {
    const stubs = names.flatMap((stub) => {
      const name = nameOfStub(stub.toString('latin1'));
      return name === null ? [] : [{ stub, name: Buffer.from(name, 'latin1') }];
    });
    if (stubs.length === 0) return { here: names, stubbed: [] };
    const here = new Map(names.map((name) => [name.toString('latin1'), name]));
    const stubbed: StubbedFile[] = [];
    for (const { stub, name } of stubs) {
      const sizeBytes = await sizeInStub(displayPath(joinPath(folder, stub))).catch(() => null);
      // Somebody's own file of such a name, or one whose file is there beside it.
      if (sizeBytes === null || here.has(name.toString('latin1'))) continue;
      here.delete(stub.toString('latin1'));
      const isHere = !isLeftOut(name, sizeBytes) && (await this.bring(joinPath(folder, name)));
      if (isHere) here.set(name.toString('latin1'), name);
      else stubbed.push({ name, sizeBytes });
    }
    return { here: [...here.values()].sort((a, b) => Buffer.compare(a, b)), stubbed };
  }

  isElsewhere(path: Buffer, sizes: { readonly size: bigint; readonly blocks: bigint }): boolean {
    return this.#cloud.isElsewhere(path, sizes);
  }

  /** True when the bytes are on this disk in time. */
  async bring(path: Buffer): Promise<boolean> {
    if (this.#policy === 'skip') return false;
    const turn = this.#turn.then(async () => this.#wait(path));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #wait(path: Buffer): Promise<boolean> {
    const untilMs = this.#clock.monotonicMs() + PATIENCE_MS;
    await this.#cloud.request(displayPath(path));
    for (;;) {
      if (await this.#isHere(path)) return true;
      if (this.#clock.monotonicMs() >= untilMs) return false;
      await this.#clock.sleep(LOOK_EVERY_MS, this.#signal);
    }
  }

  async #isHere(path: Buffer): Promise<boolean> {
    try {
      return !this.#cloud.isElsewhere(path, await lstat(path, { bigint: true }));
    } catch (error) {
      if (systemCode(error) === null) throw error;
      return false;
    }
  }
}
