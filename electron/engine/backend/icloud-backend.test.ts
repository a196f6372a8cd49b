import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CloudFiles } from '../native/cloud-files.ts';
import { stubOf } from '../native/icloud-stubs.ts';
import { describeBackend, named } from '../testing/backend-suite.ts';
import { InstantClock } from '../testing/instant-clock.ts';
import { iCloudStub } from '../testing/icloud-stub.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { ICloudBackend } from './icloud-backend.ts';
import { pathOf } from './layout.ts';

/** Plays the system: keeps what it takes off the disk elsewhere, and brings it when it is asked. */
class Cloud implements CloudFiles {
  readonly asked: string[] = [];
  isAnswering = true;
  readonly #elsewhere = new Map<string, string>();
  readonly #dataless = new Set<string>();

  /** The older way: a stub in the file's place. */
  evict(file: string): void {
    const kept = join(temporaryFolder(), 'kept');
    const { length } = readFileSync(file);
    renameSync(file, kept);
    this.#elsewhere.set(file, kept);
    writeFileSync(join(dirname(file), stubOf(basename(file))), iCloudStub(length));
  }

  /** The newer way: the file stays, without its bytes. */
  empty(file: string): void {
    this.#dataless.add(file);
  }

  isElsewhere(path: Buffer): boolean {
    return this.#dataless.has(path.toString());
  }

  request(path: string): Promise<void> {
    this.asked.push(path);
    if (!this.isAnswering) return Promise.resolve();
    this.#dataless.delete(path);
    const kept = this.#elsewhere.get(path);
    if (kept !== undefined) {
      renameSync(kept, path);
      rmSync(join(dirname(path), stubOf(basename(path))));
    }
    return Promise.resolve();
  }
}

function scene() {
  const drive = temporaryFolder();
  const root = join(drive, 'Holdfast', 'laptop');
  mkdirSync(dirname(root), { recursive: true });
  const cloud = new Cloud();
  const backend = new ICloudBackend(root, {
    clock: new InstantClock(),
    cloud: Promise.resolve(cloud),
    patienceMs: 60_000,
  });
  return { drive, root, cloud, backend };
}

describeBackend('the iCloud backend', async () => scene().backend);

describe.each(['evict', 'empty'] as const)('files that iCloud took off the disk (%s)', (how) => {
  it('are listed, and come when they are read', async () => {
    const { root, cloud, backend } = scene();
    await backend.prepare();
    const contents = [1000, 2000].map((size) => randomBytes(size));
    for (const kind of ['pack', 'index'] as const) {
      for (const bytes of contents) {
        await backend.write(named(kind, bytes), bytes);
        cloud[how](join(root, pathOf(named(kind, bytes)).path));
      }
      const sizes = [];
      for await (const { sizeBytes } of backend.list(kind)) sizes.push(sizeBytes);
      expect(sizes.toSorted((a, b) => a - b)).toEqual([1000, 2000]);
      for (const bytes of contents) {
        expect(await backend.stat(named(kind, bytes))).toMatchObject({ sizeBytes: bytes.length });
      }
      expect(cloud.asked).toEqual([]);
      for (const bytes of contents) {
        expect((await backend.read(named(kind, bytes))).equals(bytes)).toBe(true);
      }
      expect(cloud.asked.splice(0)).toHaveLength(2);
    }
  });

  it('that do not come in time are said to be in iCloud, and not to be damaged', async () => {
    const { root, cloud, backend } = scene();
    await backend.prepare();
    const bytes = randomBytes(100);
    await backend.write(named('pack', bytes), bytes);
    cloud[how](join(root, pathOf(named('pack', bytes)).path));
    cloud.isAnswering = false;
    await expect(backend.read(named('pack', bytes))).rejects.toMatchObject({
      code: 'icloud/not-downloaded',
      retry: 'later',
    });
  });

  it('are not written a second time, and can be deleted', async () => {
    const { root, cloud, backend } = scene();
    await backend.prepare();
    const bytes = randomBytes(100);
    const file = join(root, pathOf(named('pack', bytes)).path);
    await backend.write(named('pack', bytes), bytes);
    cloud[how](file);
    await backend.write(named('pack', bytes), bytes);
    expect(cloud.asked).toHaveLength(1);
    cloud[how](file);
    await backend.delete(named('pack', bytes));
    expect(existsSync(file)).toBe(false);
    expect(await backend.stat(named('pack', bytes))).toBeNull();
  });
});

it('tells that iCloud Drive was switched off', async () => {
  const { drive, backend } = scene();
  await backend.prepare();
  rmSync(drive, { recursive: true });
  const bytes = randomBytes(3);
  await expect(backend.write(named('pack', bytes), bytes)).rejects.toMatchObject({
    code: 'icloud/off',
  });
});
