import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  engineCalls,
  type Access,
  type EngineCallName,
  type EngineCallParams,
  type EngineCallResult,
} from '../../shared/ipc/engine-contract.ts';
import { createEngine, type Engine } from './engine.ts';
import { testPorts } from './testing/engine-means.ts';
import { iCloudStub } from './testing/icloud-stub.ts';
import { InstantClock } from './testing/instant-clock.ts';
import { resticOracle } from './testing/restic-oracle.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const OLD_KEY = '0123456789abcdef'.repeat(4);
const NEW_KEY = 'fedcba9876543210'.repeat(4);

let folder: string;
let location: Access['location'];
let engine: Engine;

beforeEach(() => {
  folder = temporaryFolder();
  location = { kind: 'local', path: join(folder, 'repo') };
  engine = createEngine(testPorts());
});

async function call<Name extends EngineCallName>(
  name: Name,
  params: EngineCallParams<Name>,
): Promise<EngineCallResult<Name>> {
  const value = await engine.call(name, params);
  expect(engineCalls[name].result.safeParse(value).error).toBeUndefined();
  return value;
}

async function create(path = location.path): Promise<Access> {
  const at = { kind: 'local', path } as const;
  const made = await call('repository:create', {
    location: at,
    credentials: null,
    secret: OLD_KEY,
    secretKind: 'key',
  });
  return { location: at, credentials: null, keyId: made.keyId, slotKey: made.slotKey };
}

describe('a repository that is prepared', () => {
  it('has the fingerprint that it has after it was written', async () => {
    const { fingerprint, prepared } = await call('repository:prepare', {});
    const made = await call('repository:create', {
      location,
      credentials: null,
      secret: OLD_KEY,
      secretKind: 'key',
      prepared,
    });
    expect(made.fingerprint).toBe(fingerprint);
    expect((await call('repository:inspect', { location, credentials: null })).fingerprint).toBe(
      fingerprint,
    );
    resticOracle(location.path, folder, OLD_KEY).check();
  });

  it('is another one each time', async () => {
    const [one, other] = [
      await call('repository:prepare', {}),
      await call('repository:prepare', {}),
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
    const old = await create();
    const prepared = await call('keys:prepare', { access: old, secret, secretKind });
    expect(readdirSync(join(location.path, 'keys'))).toEqual([old.keyId]);
    const added = await call('keys:add', { access: old, secret, secretKind, prepared });
    expect(added.keyId).toBe(prepared.keyId);
    expect(added).toMatchObject({ secretKind, repositoryId: expect.any(String) as string });
    const access = { location, credentials: null, keyId: added.keyId, slotKey: added.slotKey };
    const slots = await call('keys:list', { access });
    expect(new Map(slots.map(({ keyId, isCurrent }) => [keyId, isCurrent]))).toEqual(
      new Map([
        [old.keyId, false],
        [added.keyId, true],
      ]),
    );
    await call('keys:remove', { access, keyId: old.keyId });
    expect(readdirSync(join(location.path, 'keys'))).toEqual([added.keyId]);
    const slot = JSON.parse(
      resticOracle(location.path, folder, secret).run('cat', 'key', added.keyId),
    ) as Record<string, unknown>;
    expect(slot).toMatchObject({ N: cost, r: 8, p: 1, username: 'holdfast', hostname: 'holdfast' });
    expect(() => resticOracle(location.path, folder, OLD_KEY).run('cat', 'config')).toThrow(
      /wrong password/u,
    );
    await expect(call('snapshots:list', { access: old })).rejects.toMatchObject({
      code: 'repo/wrong-secret',
    });
    expect(await call('snapshots:list', { access })).toEqual([]);
  });

  it('never removes the slot that is used for it', async () => {
    const access = await create();
    await expect(call('keys:remove', { access, keyId: access.keyId })).rejects.toMatchObject({
      code: 'repo/key-in-use',
    });
    expect(readdirSync(join(location.path, 'keys'))).toEqual([access.keyId]);
  });
});

describe('finding repositories', () => {
  it('looks in the folder and two below, and not into repositories', async () => {
    const shelf = join(folder, 'shelf');
    for (const path of ['a', 'b/inner', 'b/c/d/too-deep', '.hidden']) {
      mkdirSync(join(shelf, path), { recursive: true });
    }
    await create(join(shelf, 'a'));
    await create(join(shelf, 'b/inner'));
    await create(join(shelf, 'b/c/d/too-deep'));
    await create(join(shelf, '.hidden'));
    await create(join(shelf, 'a/data/within'));
    mkdirSync(join(shelf, 'no-repository'));
    writeFileSync(join(shelf, 'no-repository/config'), 'something else');
    const found = await call('repository:find', {
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
    await create();
    const found = await call('repository:find', { location, credentials: null });
    expect(found).toHaveLength(1);
    expect(found[0]?.location).toEqual(location);
  });

  it('finds a backup whose config is only in iCloud, and says so when it does not come', async () => {
    const drive = join(folder, 'iCloud Drive', 'Holdfast');
    const { location: laptop } = await create(join(drive, 'laptop'));
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
    const found = call('repository:find', wanted);
    // The system brings it.
    renameSync(join(folder, 'kept'), config);
    rmSync(stub);
    expect(await found).toMatchObject([{ name: 'laptop', location: { kind: 'icloud' } }]);
  });

  it('finds nothing where there is nothing', async () => {
    const nowhere = { kind: 'local', path: join(folder, 'nowhere') } as const;
    expect(await call('repository:find', { location: nowhere, credentials: null })).toEqual([]);
  });
});
