/** What every backend must do, run against each of them: the contract of `backend/backend.ts` as tests. */
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import type { Backend, FileHandle, FileKind } from '../backend/backend.ts';

const LISTED: readonly Exclude<FileKind, 'config'>[] = ['key', 'pack', 'index', 'snapshot', 'lock'];

/** A file of a kind named by its bytes, as all files but `config` are. */
export function named(kind: FileKind, bytes: Uint8Array): FileHandle {
  return { kind, name: createHash('sha256').update(bytes).digest('hex') };
}

/** A storage that is reached over a line, and how to break it in the middle of what it gives and takes, from time to time. */
export interface BrokenLine {
  readonly backend: Backend;
  breakUp(isBad: boolean): void;
}

/** `overLine` for those that a line leads to: what breaks in the middle is continued or begun anew, and nobody sees a part of it. */
export function describeBackend(
  name: string,
  make: () => Promise<Backend>,
  overLine?: () => Promise<BrokenLine>,
): void {
  describe(`${name} keeps the contract of backends`, () => {
    const fresh = async (): Promise<Backend> => {
      const backend = await make();
      await backend.prepare();
      return backend;
    };

    it('prepares twice without harm', async () => {
      const backend = await fresh();
      const bytes = randomBytes(10);
      await backend.write(named('pack', bytes), bytes);
      await backend.prepare();
      expect(await backend.read(named('pack', bytes))).toEqual(bytes);
    });

    it.each([...LISTED, 'config' as const])(
      'writes, reads, stats and deletes a %s',
      async (kind) => {
        const backend = await fresh();
        const bytes = randomBytes(1000);
        const file = kind === 'config' ? { kind, name: '' } : named(kind, bytes);
        expect(await backend.stat(file)).toBeNull();
        await backend.write(file, bytes);
        expect(await backend.read(file)).toEqual(bytes);
        expect(await backend.stat(file)).toMatchObject({ name: file.name, sizeBytes: 1000 });
        await backend.delete(file);
        expect(await backend.stat(file)).toBeNull();
        await expect(backend.read(file)).rejects.toMatchObject({ code: 'backend/not-found' });
      },
    );

    it('stores an empty file and one of 64 MiB', async () => {
      const backend = await fresh();
      for (const size of [0, 64 * 1024 * 1024]) {
        const bytes = randomBytes(size);
        await backend.write(named('pack', bytes), bytes);
        expect((await backend.read(named('pack', bytes))).equals(bytes)).toBe(true);
      }
    });

    it('reads exactly a range, and refuses one past the end', async () => {
      const backend = await fresh();
      const bytes = randomBytes(100);
      const file = named('pack', bytes);
      await backend.write(file, bytes);
      expect(await backend.read(file, { offset: 0, length: 100 })).toEqual(bytes);
      expect(await backend.read(file, { offset: 90, length: 10 })).toEqual(bytes.subarray(90));
      expect(await backend.read(file, { offset: 17, length: 0 })).toHaveLength(0);
      for (const range of [
        { offset: 91, length: 10 },
        { offset: 200, length: 1 },
      ]) {
        await expect(backend.read(file, range)).rejects.toMatchObject({ code: 'backend/io' });
      }
    });

    it('accepts the same file again, and never overwrites one with other bytes', async () => {
      const backend = await fresh();
      const bytes = randomBytes(50);
      const file = named('pack', bytes);
      await backend.write(file, bytes);
      await backend.write(file, bytes);
      await expect(backend.write(file, randomBytes(50))).rejects.toMatchObject({
        code: 'backend/io',
      });
      await expect(backend.write(file, randomBytes(49))).rejects.toMatchObject({
        code: 'backend/io',
      });
      expect(await backend.read(file)).toEqual(bytes);
      await backend.write({ kind: 'config', name: '' }, bytes);
      await expect(
        backend.write({ kind: 'config', name: '' }, randomBytes(50)),
      ).rejects.toMatchObject({ code: 'backend/io' });
      expect(await backend.read({ kind: 'config', name: '' })).toEqual(bytes);
    });

    it('lists each kind apart, with sizes', async () => {
      const backend = await fresh();
      await backend.write({ kind: 'config', name: '' }, randomBytes(5));
      const expected = new Map<FileKind, Map<string, number>>();
      for (const kind of LISTED) {
        const sizes = new Map<string, number>();
        for (let size = 1; size <= 40; size++) {
          const bytes = randomBytes(size);
          await backend.write(named(kind, bytes), bytes);
          sizes.set(named(kind, bytes).name, size);
        }
        expected.set(kind, sizes);
      }
      for (const kind of LISTED) {
        const found = new Map<string, number>();
        for await (const file of backend.list(kind)) found.set(file.name, file.sizeBytes);
        expect(found).toEqual(expected.get(kind));
      }
    });

    it('lists nothing where there is nothing', async () => {
      const backend = await fresh();
      for (const kind of LISTED) {
        for await (const file of backend.list(kind)) expect.fail(`${kind} ${file.name}`);
      }
    });

    it('deletes what is not there without complaint', async () => {
      const backend = await fresh();
      await backend.delete(named('lock', randomBytes(3)));
    });

    it('writes many files at once', async () => {
      const backend = await fresh();
      const contents = Array.from({ length: 60 }, () => randomBytes(3000));
      await Promise.all(contents.map((bytes) => backend.write(named('pack', bytes), bytes)));
      for (const bytes of contents) {
        expect((await backend.read(named('pack', bytes))).equals(bytes)).toBe(true);
      }
    });

    it('takes the same file from several writers, once', async () => {
      const backend = await fresh();
      const bytes = randomBytes(500_000);
      const file = named('pack', bytes);
      await Promise.all([1, 2, 3, 4].map(() => backend.write(file, bytes)));
      const found: string[] = [];
      for await (const { name: listed } of backend.list('pack')) found.push(listed);
      expect(found).toEqual([file.name]);
      expect((await backend.read(file)).equals(bytes)).toBe(true);
    });

    it('has a file whole or not at all when its writing is aborted', async () => {
      const backend = await fresh();
      const reason = new Error('stop');
      for (const afterMs of [0, 1, 5, 20, 60]) {
        const bytes = randomBytes(16 * 1024 * 1024);
        const file = named('pack', bytes);
        const stop = new AbortController();
        setTimeout(() => stop.abort(reason), afterMs);
        const ended = await backend.write(file, bytes, stop.signal).then(
          () => null,
          (error: unknown) => error,
        );
        expect([null, reason]).toContain(ended);
        const stat = await backend.stat(file);
        if (ended === null) expect(stat).not.toBeNull();
        if (stat !== null) {
          expect(stat.sizeBytes).toBe(bytes.length);
          expect((await backend.read(file)).equals(bytes)).toBe(true);
        }
        // The next attempt is not in the way of what the last one left.
        await backend.write(file, bytes);
        expect((await backend.read(file)).equals(bytes)).toBe(true);
      }
    });

    it.runIf(overLine !== undefined)(
      'gives and takes whole files over a line that breaks',
      async () => {
        const { backend, breakUp } = await (overLine as () => Promise<BrokenLine>)();
        await backend.prepare();
        breakUp(true);
        for (const size of [2000, 300_000, 6_000_000]) {
          const bytes = randomBytes(size);
          const file = named('pack', bytes);
          await backend.write(file, bytes);
          expect((await backend.read(file)).equals(bytes)).toBe(true);
          const range = { offset: 100, length: size - 150 };
          expect((await backend.read(file, range)).equals(bytes.subarray(100, size - 50))).toBe(
            true,
          );
        }
        breakUp(false);
      },
    );

    it('is not misled by names that are no names', async () => {
      const backend = await fresh();
      for (const name of ['../config', 'config', '', 'A'.repeat(64), 'g'.repeat(64)]) {
        await expect(backend.write({ kind: 'key', name }, randomBytes(1))).rejects.toThrow(
          RangeError,
        );
      }
    });

    it('does nothing any more once aborted', async () => {
      const backend = await fresh();
      const bytes = randomBytes(10);
      const file = named('pack', bytes);
      const reason = new Error('stop');
      const signal = AbortSignal.abort(reason);
      await expect(backend.write(file, bytes, signal)).rejects.toBe(reason);
      expect(await backend.stat(file)).toBeNull();
      await backend.write(file, bytes);
      await expect(backend.read(file, undefined, signal)).rejects.toBe(reason);
      await expect(backend.delete(file, signal)).rejects.toBe(reason);
      expect(await backend.stat(file)).not.toBeNull();
    });
  });
}
