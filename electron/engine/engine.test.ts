import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ENGINE_KEY, EngineScene } from './testing/engine-scene.ts';
import { describeTree, makeOddTree } from './testing/file-tree.ts';

let scene: EngineScene;
let folder: string;
let source: string;

beforeEach(() => {
  scene = new EngineScene();
  ({ folder, source } = scene);
});

describe('the engine', () => {
  it('goes the whole way: inspect, create, back up, list, walk, plan, restore, check', async () => {
    makeOddTree(source);
    expect(
      await scene.call('repository:inspect', { location: scene.location, credentials: null }),
    ).toMatchObject({
      state: 'absent',
      writable: true,
    });
    const access = await scene.create();
    const inspection = await scene.call('repository:inspect', {
      location: scene.location,
      credentials: null,
    });
    expect(inspection).toMatchObject({
      state: 'repository',
      keyCreatedAt: expect.any(String) as string,
    });
    const result = await scene.backUp(access);
    expect(result).toMatchObject({ kind: 'backup', warningCount: 0 });
    const [archive] = await scene.call('snapshots:list', { access });
    expect(archive).toMatchObject({
      id: result.snapshotId,
      totalFiles: result.filesProcessed,
      paths: [source],
    });

    let path = '/';
    for (const name of source.split('/').slice(1)) {
      const page = await scene.call('tree:children', {
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
    const preview = await scene.call('restore:plan', {
      access,
      snapshotId: result.snapshotId,
      include: [path],
      target: { kind: 'folder', path: target, keepParents: false },
      conflictPolicy: 'skip',
    });
    const { restorePlanId } = preview;
    const restored = await scene.call('restore:run', { jobId: 'r', restorePlanId });
    expect(restored.filesRestored).toBe(preview.files);
    expect(describeTree(join(target, 'source'))).toEqual(describeTree(source));
    await expect(
      scene.engine.call('restore:run', { jobId: 'r', restorePlanId }),
    ).rejects.toMatchObject({
      code: 'restore/plan-expired',
    });
    const checked = await scene.call('check:run', { jobId: 'c', access, readData: true });
    expect(checked).toMatchObject({ errorCount: 0, snapshotsChecked: 1 });
  });

  it('unlocks with any spelling of the key, and says what is wrong otherwise', async () => {
    const made = await scene.call('repository:create', {
      location: scene.location,
      credentials: null,
      secret: ENGINE_KEY.toUpperCase(),
      secretKind: 'key',
    });
    const spelled = (ENGINE_KEY.match(/.{4}/gu) ?? []).join(' ').toUpperCase();
    const unlocked = await scene.call('repository:unlock', {
      location: scene.location,
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
      scene.call('repository:unlock', {
        location: scene.location,
        credentials: null,
        secret: 'something else',
      }),
    ).rejects.toMatchObject({
      code: 'repo/wrong-secret',
    });
    const nowhere = { kind: 'local', path: join(folder, 'nowhere') } as const;
    await expect(
      scene.call('repository:unlock', { location: nowhere, credentials: null, secret: ENGINE_KEY }),
    ).rejects.toHaveProperty('code');
    const keyFile = readdirSync(join(scene.location.path, 'keys'))[0] ?? '';
    const clear = readFileSync(join(scene.location.path, 'keys', keyFile), 'utf8');
    expect(JSON.parse(clear)).toMatchObject({ username: 'holdfast', hostname: 'holdfast' });
  });

  it('makes a password in NFC that opens in either form', async () => {
    const password = 'Käsekuchen mit Äpfeln und Rosinen';
    const made = await scene.call('repository:create', {
      location: scene.location,
      credentials: null,
      secret: password.normalize('NFD'),
      secretKind: 'password',
    });
    expect(made.secretKind).toBe('password');
    const unlocked = await scene.call('repository:unlock', {
      location: scene.location,
      credentials: null,
      secret: password.normalize('NFD'),
    });
    expect(unlocked.keyId).toBe(made.keyId);
  });

  it('never creates over a repository or among other files', async () => {
    await scene.create();
    await expect(scene.create()).rejects.toMatchObject({ code: 'repo/already-exists' });
    scene.location = { kind: 'local', path: source };
    writeFileSync(join(source, 'holiday.jpg'), '');
    expect(
      await scene.call('repository:inspect', { location: scene.location, credentials: null }),
    ).toMatchObject({
      state: 'other-files',
    });
    await expect(scene.create()).rejects.toMatchObject({ code: 'repo/not-empty' });
    expect(readdirSync(source)).toEqual(['holiday.jpg']);
  });

  it('leaves its destination out of a source that contains it', async () => {
    writeFileSync(join(source, 'x'), 'x');
    const access = await scene.create();
    mkdirSync(join(folder, 'own-data'));
    const result = await scene.call('backup:run', {
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
    const access = await scene.create();
    await scene.call('snapshots:list', { access });
    rmSync(join(scene.location.path, 'keys', access.keyId), { force: true });
    await expect(scene.call('snapshots:list', { access })).rejects.toMatchObject({
      code: expect.stringMatching(/^repo\//u) as string,
    });
  });

  it('does not open with a wrong slot key what is open already', async () => {
    const access = await scene.create();
    await scene.call('snapshots:list', { access });
    const wrong = { ...access, slotKey: new Uint8Array(64).fill(1) };
    await expect(scene.call('snapshots:list', { access: wrong })).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:repo|crypto)\//u) as string,
    });
    expect(await scene.call('snapshots:list', { access })).toEqual([]);
  });
});
