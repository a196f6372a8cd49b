import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { HoldfastError } from '../../shared/errors.ts';
import { noExclusionOptions } from '../../shared/model/exclusion-options.ts';
import {
  engineCalls,
  engineEvents,
  type Access,
  type EngineCallName,
  type EngineCallParams,
  type EngineCallResult,
} from '../../shared/ipc/engine-contract.ts';
import type { Place } from '../../shared/model/destination.ts';
import type { WaitReason } from '../../shared/model/job.ts';
import type { Backend } from './backend/backend.ts';
import { Storages } from './backend/storages.ts';
import { createEngine, type Engine } from './engine.ts';
import { testPorts } from './testing/engine-means.ts';
import { describeTree, makeOddTree, randomBytesFor } from './testing/file-tree.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const KEY = '0123456789abcdef'.repeat(4);

let folder: string;
let source: string;
let location: Access['location'];
let engine: Engine;

beforeEach(() => {
  folder = temporaryFolder();
  source = join(folder, 'source');
  mkdirSync(source);
  location = { kind: 'local', path: join(folder, 'repo') };
  engine = createEngine(testPorts());
});

/** Every answer must have the form that the contract promises. */
async function call<Name extends EngineCallName>(
  name: Name,
  params: EngineCallParams<Name>,
  signal?: AbortSignal,
): Promise<EngineCallResult<Name>> {
  const value = await engine.call(name, params, signal);
  expect(engineCalls[name].result.safeParse(value).error).toBeUndefined();
  return value;
}

async function create(): Promise<Access> {
  const made = await call('repository:create', {
    location,
    credentials: null,
    secret: KEY,
    secretKind: 'key',
  });
  return { location, credentials: null, keyId: made.keyId, slotKey: made.slotKey };
}

function backUp(access: Access, jobId = 'job', signal?: AbortSignal) {
  const params = {
    jobId,
    access,
    sources: [source],
    excludes: [],
    cloudFiles: 'skip' as const,
    excludedPaths: [],
  };
  return call('backup:run', params, signal);
}

/** Storage that makes the first request of each session wait until the test says so. */
class SlowToAnswer extends Storages {
  readonly #wait = Promise.withResolvers<void>();
  readonly #listeners = new Set<(reason: WaitReason | null) => void>();
  isSlow = false;

  override open(place: Place): Backend {
    const backend = super.open(place);
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

describe('the engine', () => {
  it('tells what a run waits for while it opens the backup, and can be cancelled then', async () => {
    const storages = new SlowToAnswer({ ...testPorts(), cacheFolder: null });
    engine = createEngine(testPorts(), storages);
    const access = await create();
    const told: (WaitReason | null)[] = [];
    engine.on('job:progress', ({ waiting }) => told.push(waiting));
    storages.isSlow = true;
    const stop = new AbortController();
    const cancelled = backUp(access, 'first', stop.signal);
    await vi.waitFor(() => expect(told).toEqual(['server-trouble']));
    stop.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'job/cancelled' });
    const second = backUp(access, 'second');
    await vi.waitFor(() => expect(told.at(-1)).toBe('server-trouble'));
    storages.answer();
    await expect(second).resolves.toMatchObject({ kind: 'backup' });
    expect(told.at(-1)).toBeNull();
  });

  it('goes the whole way: inspect, create, back up, list, walk, plan, restore, check', async () => {
    makeOddTree(source);
    expect(await call('repository:inspect', { location, credentials: null })).toMatchObject({
      state: 'absent',
      writable: true,
    });
    const access = await create();
    const inspection = await call('repository:inspect', { location, credentials: null });
    expect(inspection).toMatchObject({
      state: 'repository',
      keyCreatedAt: expect.any(String) as string,
    });
    const result = await backUp(access);
    expect(result).toMatchObject({ kind: 'backup', warningCount: 0 });
    const [archive] = await call('snapshots:list', { access });
    expect(archive).toMatchObject({
      id: result.snapshotId,
      totalFiles: result.filesProcessed,
      paths: [source],
    });

    let path = '/';
    for (const name of source.split('/').slice(1)) {
      const page = await call('tree:children', {
        access,
        snapshotId: result.snapshotId,
        path,
        offset: 0,
        limit: 10,
      });
      expect(page).toMatchObject({ total: 1, entries: [{ name, type: 'dir' }] });
      path = page.entries[0]?.path ?? '';
    }
    const target = join(folder, 'target');
    const preview = await call('restore:plan', {
      access,
      snapshotId: result.snapshotId,
      include: [path],
      target: { kind: 'folder', path: target, keepParents: false },
      conflictPolicy: 'skip',
    });
    const { restorePlanId } = preview;
    const restored = await call('restore:run', { jobId: 'r', restorePlanId });
    expect(restored.filesRestored).toBe(preview.files);
    expect(describeTree(join(target, 'source'))).toEqual(describeTree(source));
    await expect(engine.call('restore:run', { jobId: 'r', restorePlanId })).rejects.toMatchObject({
      code: 'restore/plan-expired',
    });
    const checked = await call('check:run', { jobId: 'c', access, readData: true });
    expect(checked).toMatchObject({ errorCount: 0, snapshotsChecked: 1 });
  });

  it('unlocks with any spelling of the key, and says what is wrong otherwise', async () => {
    const made = await call('repository:create', {
      location,
      credentials: null,
      secret: KEY.toUpperCase(),
      secretKind: 'key',
    });
    const spelled = (KEY.match(/.{4}/gu) ?? []).join(' ').toUpperCase();
    const unlocked = await call('repository:unlock', {
      location,
      credentials: null,
      secret: spelled,
    });
    expect(unlocked).toMatchObject({
      keyId: made.keyId,
      repositoryId: made.repositoryId,
      secretKind: 'key',
    });
    expect(Buffer.from(unlocked.slotKey).equals(Buffer.from(made.slotKey))).toBe(true);
    await expect(
      call('repository:unlock', { location, credentials: null, secret: 'something else' }),
    ).rejects.toMatchObject({
      code: 'repo/wrong-secret',
    });
    const nowhere = { kind: 'local', path: join(folder, 'nowhere') } as const;
    await expect(
      call('repository:unlock', { location: nowhere, credentials: null, secret: KEY }),
    ).rejects.toHaveProperty('code');
    const keyFile = readdirSync(join(location.path, 'keys'))[0] ?? '';
    const clear = readFileSync(join(location.path, 'keys', keyFile), 'utf8');
    expect(JSON.parse(clear)).toMatchObject({ username: 'holdfast', hostname: 'holdfast' });
  });

  it('makes a password in NFC that opens in either form', async () => {
    const password = 'Käsekuchen mit Äpfeln und Rosinen';
    const made = await call('repository:create', {
      location,
      credentials: null,
      secret: password.normalize('NFD'),
      secretKind: 'password',
    });
    expect(made.secretKind).toBe('password');
    const unlocked = await call('repository:unlock', {
      location,
      credentials: null,
      secret: password.normalize('NFD'),
    });
    expect(unlocked.keyId).toBe(made.keyId);
  });

  it('never creates over a repository or among other files', async () => {
    await create();
    await expect(create()).rejects.toMatchObject({ code: 'repo/already-exists' });
    location = { kind: 'local', path: source };
    writeFileSync(join(source, 'holiday.jpg'), '');
    expect(await call('repository:inspect', { location, credentials: null })).toMatchObject({
      state: 'other-files',
    });
    await expect(create()).rejects.toMatchObject({ code: 'repo/not-empty' });
    expect(readdirSync(source)).toEqual(['holiday.jpg']);
  });

  it('tells progress, pauses, resumes, and ends a call that is cancelled', async () => {
    writeFileSync(join(source, 'big'), randomBytesFor('engine', 60_000_000));
    const access = await create();
    const cancel = new AbortController();
    const events: { paused: boolean; bytesDone: number }[] = [];
    let resumedAt = 0;
    const stop = engine.on('job:progress', (payload) => {
      expect(engineEvents['job:progress'].safeParse(payload).error).toBeUndefined();
      events.push({ paused: payload.paused, bytesDone: payload.progress.bytesDone });
      if (events.length === 1) {
        void engine.call('job:pause', { jobId: 'job' });
      } else if (payload.paused) {
        resumedAt = events.length;
        void engine.call('job:resume', { jobId: 'job' });
      } else if (resumedAt > 0) {
        cancel.abort();
      }
    });
    await expect(backUp(access, 'job', cancel.signal)).rejects.toMatchObject({
      code: 'job/cancelled',
    });
    stop();
    expect(events.some((event) => event.paused)).toBe(true);
    expect(readdirSync(join(location.path, 'snapshots'))).toEqual([]);
    expect(readdirSync(join(location.path, 'locks'))).toEqual([]);
    await expect(engine.call('job:pause', { jobId: 'job' })).rejects.toMatchObject({
      code: 'job/not-running',
    });
    expect(await backUp(access)).toMatchObject({ filesNew: 1 });
  });

  it('runs one backup at a time into a repository, and browses meanwhile', async () => {
    makeOddTree(source, { smallFiles: 500 });
    const access = await create();
    const both = Promise.allSettled([backUp(access, 'first'), backUp(access, 'second')]);
    expect(await call('snapshots:list', { access })).toEqual([]);
    const outcomes = (await both).map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value.kind : (outcome.reason as HoldfastError).code,
    );
    expect(outcomes.toSorted((a, b) => a.localeCompare(b))).toEqual(['backup', 'engine/busy']);
  });

  it('leaves its destination out of a source that contains it', async () => {
    writeFileSync(join(source, 'x'), 'x');
    const access = await create();
    mkdirSync(join(folder, 'own-data'));
    const result = await call('backup:run', {
      jobId: 'job',
      access,
      sources: [folder],
      excludes: [],
      cloudFiles: 'skip',
      excludedPaths: [join(folder, 'own-data')],
    });
    expect(result.warnings.map(({ reason }) => reason).toSorted()).toEqual([
      'cache-inside-source',
      'destination-inside-source',
    ]);
    expect(result).toMatchObject({ warningCount: 0, filesNew: 1 });
  });

  it('does not use a slot any more that was taken from the repository', async () => {
    const access = await create();
    await call('snapshots:list', { access });
    rmSync(join(location.path, 'keys', access.keyId), { force: true });
    await expect(call('snapshots:list', { access })).rejects.toMatchObject({
      code: expect.stringMatching(/^repo\//u) as string,
    });
  });

  it('does not open with a wrong slot key what is open already', async () => {
    const access = await create();
    await call('snapshots:list', { access });
    const wrong = { ...access, slotKey: new Uint8Array(64).fill(1) };
    await expect(call('snapshots:list', { access: wrong })).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:repo|crypto)\//u) as string,
    });
    expect(await call('snapshots:list', { access })).toEqual([]);
  });

  it('measures a folder and tells it on the way', async () => {
    makeOddTree(source);
    const told: string[] = [];
    engine.on('folder:measured', ({ measureId }) => told.push(measureId));
    const measure = await call('folder:measure', { measureId: 'm1', path: source });
    expect(measure.files).toBeGreaterThan(60);
    expect(told[0]).toBe('m1');
    const cancel = new AbortController();
    cancel.abort(new Error('stop'));
    await expect(
      engine.call('folder:measure', { measureId: 'm2', path: source }, cancel.signal),
    ).rejects.toThrow('stop');
  });

  it('previews what a backup would leave out, and tells it on the way', async () => {
    mkdirSync(join(source, 'node_modules'));
    writeFileSync(join(source, 'node_modules', 'x'), 'xx');
    writeFileSync(join(source, 'letter'), 'x');
    mkdirSync(join(source, 'repo'));
    writeFileSync(join(source, 'repo', 'config'), 'xxx');
    const told: string[] = [];
    engine.on('exclusions:measured', ({ previewId }) => told.push(previewId));
    const params = {
      sources: [source],
      excludes: [],
      exclusionOptions: { ...noExclusionOptions, presets: ['build-output' as const] },
      cloudFiles: 'skip' as const,
      destinationFolder: join(source, 'repo'),
      excludedPaths: [],
    };
    expect(await call('exclusions:preview', { previewId: 'p1', ...params })).toEqual({
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
      engine.call('exclusions:preview', { previewId: 'p2', ...params }, cancel.signal),
    ).rejects.toThrow('stop');
  });
});

describe('keeping house', () => {
  it('forgets, prunes, repairs the index and checks a part, as jobs', async () => {
    const access = await create();
    const ids: string[] = [];
    for (const state of ['one', 'two', 'three']) {
      writeFileSync(join(source, 'file'), randomBytesFor(state, 200_000));
      ids.push((await backUp(access, state)).snapshotId);
    }
    const everything = { hosts: [], tags: [], paths: [] };
    const byRules = (dryRun: boolean) =>
      call('forget:by-rules', {
        jobId: 'forget',
        access,
        rules: { last: 2 },
        groupBy: ['host', 'paths'],
        filter: everything,
        dryRun,
      });
    expect((await byRules(true)).removedIds).toEqual([ids[0]]);
    const prune = (dryRun: boolean, withoutSnapshots: string[] = []) =>
      call('prune:run', {
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
    await call('forget:by-name', named);
    expect((await call('snapshots:list', { access })).map(({ id }) => id)).toEqual([ids[2]]);
    // The session that browses had loaded the index before.
    const page = { access, snapshotId: ids[2] ?? '', path: '/', offset: 0, limit: 10 };
    expect((await call('tree:children', page)).total).toBe(1);
    const repaired = await call('index:repair', { jobId: 'repair', access, readAllPacks: true });
    expect(repaired).toMatchObject({ packsAdded: 0, packsDropped: 0 });
    const checked = await call('check:run', {
      jobId: 'check',
      access,
      readData: false,
      readDataSubset: { kind: 'percent', percent: 100 },
    });
    expect(checked).toMatchObject({ errorCount: 0, readData: false });
    expect(checked.bytesRead).toBeGreaterThan(200_000);
  });
});
