/**
 * A decorator that fails or spoils chosen requests of another backend. Deterministic: a fault strikes at the n-th
 * matching request and nothing is random, so a failing test fails the same way again.
 */
import type { Space } from '../../../shared/model/destination.ts';
import { HoldfastError, type ErrorCode, type ErrorContext } from '../../../shared/errors.ts';
import type { Backend, ByteRange, FileHandle, FileKind, StoredFile } from '../backend/backend.ts';

export type BackendOperation = 'prepare' | 'write' | 'read' | 'stat' | 'list' | 'delete';

export interface Fault {
  readonly operation: BackendOperation;
  /** Every kind when absent. */
  readonly kind?: FileKind;
  /** The first matching request that is struck, from 1 (the default). */
  readonly from?: number;
  /** How many matching requests are struck; all from `from` on when absent. */
  readonly count?: number;
  /**
   * `fail`: nothing happens and the request is rejected. `fail-after`: it happens, and is rejected all the same
   * (the answer was lost). `context` is that of the error, such as the `osCode` of a disk. `corrupt`: one bit of what is read or written is turned over.
   */
  readonly effect:
    | {
        readonly kind: 'fail' | 'fail-after';
        readonly code: ErrorCode;
        readonly context?: ErrorContext;
      }
    | { readonly kind: 'corrupt'; readonly atByte: number };
}

export class FaultyBackend implements Backend {
  readonly location: string;
  /** Requests that were struck so far. */
  strikes = 0;
  readonly #inner: Backend;
  #faults: { readonly fault: Fault; seen: number }[] = [];

  constructor(inner: Backend) {
    this.#inner = inner;
    this.location = inner.location;
  }

  add(fault: Fault): void {
    this.#faults.push({ fault, seen: 0 });
  }

  heal(): void {
    this.#faults = [];
  }

  async prepare(signal?: AbortSignal): Promise<void> {
    await this.#around('prepare', undefined, () => this.#inner.prepare(signal));
  }

  async write(file: FileHandle, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    await this.#around('write', file.kind, (spoil) =>
      this.#inner.write(file, spoil(bytes), signal),
    );
  }

  async read(file: FileHandle, range?: ByteRange, signal?: AbortSignal): Promise<Buffer> {
    return await this.#around('read', file.kind, async (spoil) =>
      spoil(await this.#inner.read(file, range, signal)),
    );
  }

  async stat(file: FileHandle, signal?: AbortSignal): Promise<StoredFile | null> {
    return await this.#around('stat', file.kind, () => this.#inner.stat(file, signal));
  }

  async *list(
    kind: Exclude<FileKind, 'config'>,
    signal?: AbortSignal,
  ): AsyncGenerator<StoredFile, void, void> {
    await this.#around('list', kind, async () => undefined);
    yield* this.#inner.list(kind, signal);
  }

  async delete(file: FileHandle, signal?: AbortSignal): Promise<void> {
    await this.#around('delete', file.kind, () => this.#inner.delete(file, signal));
  }

  async space(signal?: AbortSignal): Promise<Space> {
    return await this.#inner.space(signal);
  }

  async #around<T>(
    operation: BackendOperation,
    kind: FileKind | undefined,
    work: (spoil: (bytes: Uint8Array) => Buffer) => Promise<T>,
  ): Promise<T> {
    const effect = this.#strike(operation, kind);
    if (effect?.kind === 'fail') throw errorOf(effect);
    const result = await work((bytes) =>
      effect?.kind === 'corrupt' ? flipBit(bytes, effect.atByte) : Buffer.from(bytes),
    );
    if (effect?.kind === 'fail-after') throw errorOf(effect);
    return result;
  }

  #strike(operation: BackendOperation, kind: FileKind | undefined): Fault['effect'] | null {
    let struck: Fault['effect'] | null = null;
    for (const entry of this.#faults) {
      const { fault } = entry;
      if (fault.operation !== operation) continue;
      if (fault.kind !== undefined && fault.kind !== kind) continue;
      entry.seen += 1;
      const from = fault.from ?? 1;
      const end = fault.count === undefined ? Infinity : from + fault.count;
      if (entry.seen >= from && entry.seen < end) struck ??= fault.effect;
    }
    if (struck !== null) this.strikes += 1;
    return struck;
  }
}

function errorOf({ code, context }: { readonly code: ErrorCode; readonly context?: ErrorContext }) {
  return new HoldfastError(code, context === undefined ? {} : { context });
}

/** A copy with one bit turned over; a position past the end counts from the front again. */
export function flipBit(bytes: Uint8Array, atByte: number): Buffer {
  const copy = Buffer.from(bytes);
  const position = atByte % copy.length;
  copy.writeUInt8(copy.readUInt8(position) ^ 1, position);
  return copy;
}
