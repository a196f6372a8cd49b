/** What takes long: it tells how far it is, can be paused and cancelled, and keeps out of the way of others. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { HoldfastError } from '../../shared/errors.ts';
import { engineEvents } from '../../shared/ipc/engine-contract.ts';
import type { Place } from '../../shared/model/destination.ts';
import { noExclusionOptions } from '../../shared/model/exclusion-options.ts';
import type { WaitReason } from '../../shared/model/job.ts';
import type { Backend } from './backend/backend.ts';
import { Storages } from './backend/storages.ts';
import { createEngine } from './engine.ts';
import { testPorts } from './testing/engine-means.ts';
import { EngineScene } from './testing/engine-scene.ts';
import { makeOddTree, randomBytesFor } from './testing/file-tree.ts';

let scene: EngineScene;
let source: string;

beforeEach(() => {
  scene = new EngineScene();
  ({ source } = scene);
});

/** Storage that makes the first request of each session wait until the test says so. */
class SlowToAnswer extends Storages {
  readonly #wait = Promise.withResolvers<void>();
  readonly #listeners = new Set<(reason: WaitReason | null) => void>();
  isSlow = false;

  override async open(place: Place): Promise<Backend> {
    const backend = await super.open(place);
    const listeners = this.#listeners;
    backend.onWait = (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    const read = backend.read.bind(backend);
    backend.read = async (...given) => {
      if (this.isSlow) {
        for (const listener of listeners) listener('server-trouble');
        await this.#wait.promise;
        for (const listener of listeners) listener(null);
      }
      return read(...given);
    };
    return backend;
  }

  answer(): void {
    this.isSlow = false;
    this.#wait.resolve();
  }
}

describe('a job of the engine', () => {
  it('tells what a run waits for while it opens the backup, and can be cancelled then', async () => {
    const storages = new SlowToAnswer({ ...testPorts(), cacheFolder: null });
    scene.engine = createEngine(testPorts(), storages);
    const access = await scene.create();
    const told: (WaitReason | null)[] = [];
    scene.engine.on('job:progress', ({ waiting }) => told.push(waiting));
    storages.isSlow = true;
    const stop = new AbortController();
    const cancelled = scene.backUp(access, 'first', stop.signal);
    await vi.waitFor(() => expect(told).toEqual(['server-trouble']));
    stop.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'job/cancelled' });
    const second = scene.backUp(access, 'second');
    await vi.waitFor(() => expect(told.at(-1)).toBe('server-trouble'));
    storages.answer();
    await expect(second).resolves.toMatchObject({ kind: 'backup' });
    expect(told.at(-1)).toBeNull();
  });

  it('tells progress, pauses, resumes, and ends a call that is cancelled', async () => {
    writeFileSync(join(source, 'big'), randomBytesFor('engine', 60_000_000));
    const access = await scene.create();
    const cancel = new AbortController();
    const events: { paused: boolean; bytesDone: number }[] = [];
    const stop = scene.engine.on('job:progress', (payload) => {
      expect(engineEvents['job:progress'].safeParse(payload).error).toBeUndefined();
      events.push({ paused: payload.paused, bytesDone: payload.progress.bytesDone });
      if (events.length === 1) {
        void scene.engine.call('job:pause', { jobId: 'job' });
      } else if (payload.paused) {
        // Not with the next progress: the run may have ended by then.
        void scene.engine.call('job:resume', { jobId: 'job' }).then(() => cancel.abort());
      }
    });
    await expect(scene.backUp(access, 'job', cancel.signal)).rejects.toMatchObject({
      code: 'job/cancelled',
    });
    stop();
    expect(events.some((event) => event.paused)).toBe(true);
    expect(readdirSync(join(scene.location.path, 'snapshots'))).toEqual([]);
    expect(readdirSync(join(scene.location.path, 'locks'))).toEqual([]);
    await expect(scene.engine.call('job:pause', { jobId: 'job' })).rejects.toMatchObject({
      code: 'job/not-running',
    });
    expect(await scene.backUp(access)).toMatchObject({ filesNew: 1 });
  });

  it('runs one backup at a time into a repository, and browses meanwhile', async () => {
    makeOddTree(source, { smallFiles: 500 });
    const access = await scene.create();
    const both = Promise.allSettled([
      scene.backUp(access, 'first'),
      scene.backUp(access, 'second'),
    ]);
    expect(await scene.call('snapshots:list', { access })).toEqual([]);
    const outcomes = (await both).map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value.kind : (outcome.reason as HoldfastError).code,
    );
    expect(outcomes.toSorted((a, b) => a.localeCompare(b))).toEqual(['backup', 'engine/busy']);
  });

  it('measures a folder and tells it on the way', async () => {
    makeOddTree(source);
    const told: string[] = [];
    scene.engine.on('folder:measured', ({ measureId }) => told.push(measureId));
    const measure = await scene.call('folder:measure', { measureId: 'm1', path: source });
    expect(measure.files).toBeGreaterThan(60);
    expect(told[0]).toBe('m1');
    const cancel = new AbortController();
    cancel.abort(new Error('stop'));
    await expect(
      scene.engine.call('folder:measure', { measureId: 'm2', path: source }, cancel.signal),
    ).rejects.toThrow('stop');
  });

  it('previews what a backup would leave out, and tells it on the way', async () => {
    mkdirSync(join(source, 'node_modules'));
    writeFileSync(join(source, 'node_modules', 'x'), 'xx');
    writeFileSync(join(source, 'letter'), 'x');
    mkdirSync(join(source, 'repo'));
    writeFileSync(join(source, 'repo', 'config'), 'xxx');
    const told: string[] = [];
    scene.engine.on('exclusions:measured', ({ previewId }) => told.push(previewId));
    const params = {
      sources: [source],
      excludes: [],
      exclusionOptions: { ...noExclusionOptions, presets: ['build-output' as const] },
      cloudFiles: 'skip' as const,
      destinationFolder: join(source, 'repo'),
      excludedPaths: [],
    };
    expect(await scene.call('exclusions:preview', { previewId: 'p1', ...params })).toEqual({
      files: 1,
      bytes: 1,
      unreadable: 0,
      excluded: [
        {
          reason: { kind: 'place', place: 'destination-inside-source' },
          entries: 1,
          files: 1,
          bytes: 3,
        },
        { reason: { kind: 'preset', preset: 'build-output' }, entries: 1, files: 1, bytes: 2 },
      ],
    });
    expect(told[0]).toBe('p1');
    const cancel = new AbortController();
    cancel.abort(new Error('stop'));
    await expect(
      scene.engine.call('exclusions:preview', { previewId: 'p2', ...params }, cancel.signal),
    ).rejects.toThrow('stop');
  });
});

describe('keeping house', () => {
  it('forgets, prunes, repairs the index and checks a part, as jobs', async () => {
    const access = await scene.create();
    const ids: string[] = [];
    for (const state of ['one', 'two', 'three']) {
      writeFileSync(join(source, 'file'), randomBytesFor(state, 200_000));
      ids.push((await scene.backUp(access, state)).snapshotId);
    }
    const everything = { hosts: [], tags: [], paths: [] };
    const byRules = (dryRun: boolean) =>
      scene.call('forget:by-rules', {
        jobId: 'forget',
        access,
        rules: { last: 2 },
        groupBy: ['host', 'paths'],
        filter: everything,
        dryRun,
      });
    expect((await byRules(true)).removedIds).toEqual([ids[0]]);
    const prune = (dryRun: boolean, withoutSnapshots: string[] = []) =>
      scene.call('prune:run', {
        jobId: 'prune',
        access,
        dryRun,
        withoutSnapshots,
        maxUnused: { kind: 'bytes', bytes: 0 },
        maxRepackBytes: null,
        repackSmall: false,
      });
    const planned = await prune(true, [ids[0] ?? '']);
    expect((await byRules(false)).removedIds).toEqual([ids[0]]);
    const done = await prune(false);
    expect(done.packs).toEqual(planned.packs);
    expect(done.bytes.freed).toBeGreaterThan(200_000);
    const named = { jobId: 'named', access, snapshotIds: [ids[1] ?? ''], dryRun: false };
    await scene.call('forget:by-name', named);
    expect((await scene.call('snapshots:list', { access })).map(({ id }) => id)).toEqual([ids[2]]);
    // The session that browses had loaded the index before.
    const page = { access, snapshotId: ids[2] ?? '', path: '/', offset: 0, limit: 10 };
    expect((await scene.call('tree:children', page)).total).toBe(1);
    const repaired = await scene.call('index:repair', {
      jobId: 'repair',
      access,
      readAllPacks: true,
    });
    expect(repaired).toMatchObject({ packsAdded: 0, packsDropped: 0 });
    const checked = await scene.call('check:run', {
      jobId: 'check',
      access,
      readData: false,
      readDataSubset: { kind: 'percent', percent: 100 },
    });
    expect(checked).toMatchObject({ errorCount: 0, readData: false });
    expect(checked.bytesRead).toBeGreaterThan(200_000);
  });
});
