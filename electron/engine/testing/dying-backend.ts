/** Storage of a process that is killed: from a chosen change on nothing reaches it any more, not even the release of a lock. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Backend, ByteRange, FileHandle } from '../backend/backend.ts';
import { SmallPacks } from './small-packs.ts';

export class DyingBackend extends SmallPacks {
  /** Writes and deletes so far. */
  changes = 0;
  readonly #dieAt: number;
  readonly #isDone: boolean;
  #isDead = false;

  /**
   * @param dieAt the change that it dies at, from 1
   * @param isDone whether that change is still made
   */
  constructor(inner: Backend, dieAt = Number.POSITIVE_INFINITY, isDone = false) {
    super(inner);
    this.#dieAt = dieAt;
    this.#isDone = isDone;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  override async write(file: FileHandle, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    await this.#change(() => super.write(file, bytes, signal));
  }

  override async delete(file: FileHandle, signal?: AbortSignal): Promise<void> {
    await this.#change(() => super.delete(file, signal));
  }

  override async read(file: FileHandle, range?: ByteRange, signal?: AbortSignal): Promise<Buffer> {
    this.#requireLife();
    return await super.read(file, range, signal);
  }

  async #change(make: () => Promise<void>): Promise<void> {
    this.#requireLife();
    this.changes += 1;
    const dies = this.changes >= this.#dieAt;
    if (dies) this.#isDead = true;
    if (!dies || this.#isDone) await make();
    this.#requireLife();
  }

  #requireLife(): void {
    if (this.#isDead) throw new HoldfastError('backend/unavailable');
  }
}
