import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createEngine } from './engine.ts';
import { testPorts } from './testing/engine-means.ts';
import { ENGINE_KEY, EngineScene } from './testing/engine-scene.ts';
import { iCloudStub } from './testing/icloud-stub.ts';
import { InstantClock } from './testing/instant-clock.ts';
import { resticOracle } from './testing/restic-oracle.ts';

const NEW_KEY = 'fedcba9876543210'.repeat(4);

let scene: EngineScene;
let folder: string;

beforeEach(() => {
  scene = new EngineScene();
  ({ folder } = scene);
});

describe('a repository that is prepared', () => {
  it('has the fingerprint that it has after it was written', async () => {
    const { fingerprint, prepared } = await scene.call('repository:prepare', {});
    const made = await scene.call('repository:create', {
      location: scene.location,
      credentials: null,
      secret: ENGINE_KEY,
      secretKind: 'key',
      prepared,
    });
    expect(made.fingerprint).toBe(fingerprint);
    expect(
      (await scene.call('repository:inspect', { location: scene.location, credentials: null }))
        .fingerprint,
    ).toBe(fingerprint);
    resticOracle(scene.location.path, folder, ENGINE_KEY).check();
  });

  it('is another one each time', async () => {
    const [one, other] = [
      await scene.call('repository:prepare', {}),
      await scene.call('repository:prepare', {}),
    ];
    expect(one.fingerprint).not.toBe(other.fingerprint);
    expect(Buffer.from(one.prepared.masterKey)).not.toEqual(Buffer.from(other.prepared.masterKey));
  });
});

describe('changing the secret', () => {
  it.each([
    { secret: NEW_KEY, secretKind: 'key', cost: 16_384 },
    { secret: 'six words that nobody else knows', secretKind: 'password', cost: 131_072 },
  ] as const)('to a $secretKind needs no old secret, and restic agrees', async (change) => {
    const { secret, secretKind, cost } = change;
    const old = await scene.create();
    const prepared = await scene.call('keys:prepare', { access: old, secret, secretKind });
    expect(readdirSync(join(scene.location.path, 'keys'))).toEqual([old.keyId]);
    const added = await scene.call('keys:add', { access: old, secret, secretKind, prepared });
    expect(added.keyId).toBe(prepared.keyId);
    expect(added).toMatchObject({ secretKind, repositoryId: expect.any(String) as string });
    const access = {
      location: scene.location,
      credentials: null,
      keyId: added.keyId,
      slotKey: added.slotKey,
    };
    const slots = await scene.call('keys:list', { access });
    expect(new Map(slots.map(({ keyId, isCurrent }) => [keyId, isCurrent]))).toEqual(
      new Map([
        [old.keyId, false],
        [added.keyId, true],
      ]),
    );
    await scene.call('keys:remove', { access, keyId: old.keyId });
    expect(readdirSync(join(scene.location.path, 'keys'))).toEqual([added.keyId]);
    const slot = JSON.parse(
      resticOracle(scene.location.path, folder, secret).run('cat', 'key', added.keyId),
    ) as Record<string, unknown>;
    expect(slot).toMatchObject({ N: cost, r: 8, p: 1, username: 'holdfast', hostname: 'holdfast' });
    expect(() =>
      resticOracle(scene.location.path, folder, ENGINE_KEY).run('cat', 'config'),
    ).toThrow(/wrong password/u);
    await expect(scene.call('snapshots:list', { access: old })).rejects.toMatchObject({
      code: 'repo/wrong-secret',
    });
    expect(await scene.call('snapshots:list', { access })).toEqual([]);
  });

  it('never removes the slot that is used for it', async () => {
    const access = await scene.create();
    await expect(scene.call('keys:remove', { access, keyId: access.keyId })).rejects.toMatchObject({
      code: 'repo/key-in-use',
    });
    expect(readdirSync(join(scene.location.path, 'keys'))).toEqual([access.keyId]);
  });
});

describe('finding repositories', () => {
  it('looks in the folder and two below, and not into repositories', async () => {
    const shelf = join(folder, 'shelf');
    for (const path of ['a', 'b/inner', 'b/c/d/too-deep', '.hidden']) {
      mkdirSync(join(shelf, path), { recursive: true });
    }
    await scene.create(join(shelf, 'a'));
    await scene.create(join(shelf, 'b/inner'));
    await scene.create(join(shelf, 'b/c/d/too-deep'));
    await scene.create(join(shelf, '.hidden'));
    await scene.create(join(shelf, 'a/data/within'));
    mkdirSync(join(shelf, 'no-repository'));
    writeFileSync(join(shelf, 'no-repository/config'), 'something else');
    const found = await scene.call('repository:find', {
      location: { kind: 'local', path: shelf },
      credentials: null,
    });
    expect(found.map(({ location: { path }, name }) => [path.slice(shelf.length), name])).toEqual([
      ['/a', 'a'],
      ['/b/inner', 'inner'],
    ]);
    expect(found.every(({ fingerprint }) => /^[0-9a-f]{8}$/u.test(fingerprint))).toBe(true);
  });

  it('finds the folder itself', async () => {
    await scene.create();
    const found = await scene.call('repository:find', {
      location: scene.location,
      credentials: null,
    });
    expect(found).toHaveLength(1);
    expect(found[0]?.location).toEqual(scene.location);
  });

  it('finds a backup whose config is only in iCloud, and says so when it does not come', async () => {
    const drive = join(folder, 'iCloud Drive', 'Holdfast');
    const { location: laptop } = await scene.create(join(drive, 'laptop'));
    const config = join(laptop.path, 'config');
    const stub = join(laptop.path, '.config.icloud');
    renameSync(config, join(folder, 'kept'));
    writeFileSync(stub, iCloudStub(155));
    const wanted = { location: { kind: 'icloud', path: drive }, credentials: null } as const;
    // Waits of minutes pass at once on this clock.
    const late = createEngine({ ...testPorts(), clock: new InstantClock() });
    await expect(late.call('repository:find', wanted)).rejects.toMatchObject({
      code: 'icloud/not-downloaded',
    });
    const found = scene.call('repository:find', wanted);
    // The system brings it.
    renameSync(join(folder, 'kept'), config);
    rmSync(stub);
    expect(await found).toMatchObject([{ name: 'laptop', location: { kind: 'icloud' } }]);
  });

  it('finds nothing where there is nothing', async () => {
    const nowhere = { kind: 'local', path: join(folder, 'nowhere') } as const;
    expect(await scene.call('repository:find', { location: nowhere, credentials: null })).toEqual(
      [],
    );
  });
});
