/**
 * Storage that fails one request, whichever it is: each operation is run again and again, and each time the next request of it is refused. It ends
 * with that error or as if nothing had been, the backup stays sound, and without the fault the same operation finishes. restic is asked at the end.
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../shared/errors.ts';
import type { ForgetRequest } from '../../shared/model/retention.ts';
import { LocalBackend } from './backend/local-backend.ts';
import { runBackup } from './backup/archiver.ts';
import { check } from './repository/check.ts';
import { changeKey } from './repository/key-slots.ts';
import { prune } from './repository/prune.ts';
import type { Repository } from './repository/repository.ts';
import { planRestore } from './restore/restore-plan.ts';
import { runRestore } from './restore/restorer.ts';
import { forgetByRules } from './retention/forget.ts';
import {
  createTestRepository,
  openTestRepository,
  TEST_SECRET,
  testFileSystem,
  testJob,
  testPorts,
  testSlot,
} from './testing/engine-means.ts';
import type { BackendOperation } from './testing/faulty-backend.ts';
import { describeTree, randomBytesFor } from './testing/file-tree.ts';
import { InstantClock } from './testing/instant-clock.ts';
import { resticOracle } from './testing/restic-oracle.ts';
import { PRUNE_ALL } from './testing/prune-scene.ts';
import { SmallPacks } from './testing/small-packs.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const requests: readonly BackendOperation[] = ['write', 'read', 'stat', 'list', 'delete'];
// Locks wait for others to settle; nobody else is here.
const ports = { ...testPorts(), clock: new InstantClock() };
const means = { ports, fileSystem: testFileSystem() };

class Scene {
  readonly folder = temporaryFolder();
  readonly source = join(this.folder, 'source');
  readonly path = join(this.folder, 'repo');
  readonly faulty = new SmallPacks(new LocalBackend(this.path));
  version = 0;

  change(): void {
    this.version += 1;
    mkdirSync(join(this.source, 'below'), { recursive: true });
    for (let file = 0; file < 12; file += 1) {
      if (this.version > 1 && file % 3 !== this.version % 3) continue;
      const bytes = randomBytesFor(`${file} ${this.version}`, 3000 * file);
      writeFileSync(join(this.source, file % 2 === 0 ? 'below' : '.', String(file)), bytes);
    }
  }

  open(): Promise<Repository> {
    return openTestRepository(this.faulty, means.ports);
  }

  async backUp(repository: Repository): Promise<void> {
    const request = { sources: [this.source], excludes: [], excludedPlaces: [] };
    await runBackup(repository, request, means, testJob());
  }

  async restore(repository: Repository): Promise<void> {
    const snapshot = await repository.findSnapshot('latest');
    await repository.refreshIndex();
    const target = join(this.folder, 'target');
    rmSync(target, { recursive: true, force: true });
    const plan = await planRestore(repository, snapshot, {
      include: ['/'],
      target: { kind: 'folder', path: target, keepParents: false },
      conflictPolicy: 'skip',
      repositoryFolder: this.path,
    });
    await runRestore(repository, plan, means, testJob());
    assert.deepEqual(describeTree(join(target, this.source)), describeTree(this.source));
  }

  /** Everything that is in it, read anew and without faults. */
  async judge(): Promise<void> {
    this.faulty.heal();
    const result = await check(await this.open(), { readData: true }, testJob());
    const errors = result.findings.filter(({ severity }) => severity === 'error');
    assert.deepEqual(errors, []);
  }
}

/** As a disk tells it. */
const eio = { kind: 'fail', code: 'backend/io', context: { osCode: 'EIO' } } as const;

type Operation = (scene: Scene, repository: Repository) => Promise<unknown>;

const keepLast: ForgetRequest = {
  rules: { last: 2 },
  groupBy: ['host', 'paths'],
  filter: { hosts: [], tags: [], paths: [] },
  dryRun: false,
};

const operations: Record<string, Operation> = {
  backup: (scene, repository) => scene.backUp(repository),
  forget: (_scene, repository) => forgetByRules(repository, keepLast, testJob()),
  prune: (_scene, repository) => prune(repository, PRUNE_ALL, testJob()),
  'change of the secret': (_scene, repository) =>
    changeKey(repository, new TextEncoder().encode(TEST_SECRET), testSlot),
  restore: (scene, repository) => scene.restore(repository),
};

/** Which requests are struck, one in each run. In every `npm test` fewer and fewer. */
function* places(): Generator<number> {
  const all = process.env['HOLDFAST_FULL_TESTS'] === '1';
  for (let place = 1; ; place += all || place < 2 ? 1 : place) yield place;
}

describe.each(Object.keys(operations))('%s', (name) => {
  it.each(requests)('survives any failed %s', async (operation) => {
    const scene = new Scene();
    const act = operations[name] as Operation;
    scene.change();
    await createTestRepository(scene.faulty, means.ports);
    for (let made = 0; made < 3; made += 1) {
      scene.change();
      await scene.backUp(await scene.open());
    }
    for (const from of places()) {
      if (name === 'backup' || name === 'prune') scene.change();
      if (name === 'forget' || name === 'prune') await scene.backUp(await scene.open());
      // For a backup it keeps what there is to read the same: else each run would have more requests than the one before, without an end.
      if (name === 'prune' || name === 'backup')
        await forgetByRules(await scene.open(), keepLast, testJob());
      if (name === 'backup') await prune(await scene.open(), PRUNE_ALL, testJob());
      const { strikes } = scene.faulty;
      const repository = await scene.open();
      scene.faulty.add({ operation, from, count: 1, effect: eio });
      const error = await act(scene, repository).then(
        () => null,
        (reason: unknown) => reason,
      );
      const isStruck = scene.faulty.strikes > strikes;
      if (error !== null) {
        expect(error).toBeInstanceOf(HoldfastError);
        expect(error).toMatchObject({ code: 'backend/io' });
      }
      await scene.judge();
      // The same session, as the app has it.
      await act(scene, repository);
      if (!isStruck) break;
    }
    await scene.judge();
    await scene.restore(await scene.open());
    resticOracle(scene.path, scene.folder).check();
  });
});
