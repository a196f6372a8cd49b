/** What Google refuses, and what a person does to the folder by hand while a backup runs: each ends with its own code, and nothing goes on for ever. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { named } from '../../testing/backend-suite.ts';
import { driveBackend } from '../../testing/drive-means.ts';
import { driveServers, namesOf, sharedClock } from '../../testing/drive-servers.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

const CONFIG = { kind: 'config', name: '' } as const;
const startServer = driveServers();

async function repositoryFolder() {
  const { clock, nowMs } = sharedClock();
  const server = await startServer({ nowMs });
  const indexPath = join(temporaryFolder(), 'index.jsonl');
  const refreshToken = server.accounts.signedIn();
  const open = () => driveBackend(server, { clock, indexPath, refreshToken }).backend;
  const backend = open();
  await backend.prepare();
  await backend.write(CONFIG, randomBytes(100));
  const pack = randomBytes(300);
  await backend.write(named('pack', pack), pack);
  await clock.sleep(60_000);
  await backend.untilComplete();
  return { server, clock, backend, open, pack };
}

describe('a call that Google refuses', () => {
  it.each([
    ['insufficientPermissions', 'drive/scope-missing'],
    ['appNotAuthorizedToFile', 'drive/not-our-file'],
    ['insufficientFilePermissions', 'drive/read-only'],
    ['domainPolicy', 'drive/forbidden-by-admin'],
    ['accessNotConfigured', 'drive/api-not-enabled'],
    ['dailyLimitExceeded', 'drive/daily-call-limit'],
    ['downloadQuotaExceeded', 'drive/daily-download-limit'],
  ])('with %s ends with %s', async (reason, code) => {
    const { server, backend, pack } = await repositoryFolder();
    server.faults.refuseWith = { status: 403, reason };
    const before = server.totalCalls;
    await expect(backend.read(named('pack', pack))).rejects.toMatchObject({ code });
    expect(server.totalCalls - before).toBe(1);
    server.faults.refuseWith = null;
    expect(await backend.read(named('pack', pack))).toEqual(pack);
  });

  it('for a reason that nobody knows is told by its own word', async () => {
    const { server, backend, pack } = await repositoryFolder();
    server.faults.refuseWith = { status: 403, reason: 'somethingNew' };
    await expect(backend.read(named('pack', pack))).rejects.toMatchObject({
      code: 'backend/refused',
      context: { reason: 'somethingNew' },
    });
  });

  it.each([
    ['storageQuotaExceeded', undefined, 'drive/quota-full'],
    ['uploadLimitExceeded', undefined, 'drive/daily-upload-limit'],
    ['userRateLimitExceeded', 'User rate limit exceeded.', 'drive/daily-upload-limit'],
    ['numChildrenInNonRootLimitExceeded', undefined, 'drive/too-many-files'],
    ['activeItemCreationLimitExceeded', undefined, 'drive/too-many-files'],
  ] as const)('with %s in uploads only leaves reading alone', async (reason, message, code) => {
    const { server, backend, pack } = await repositoryFolder();
    server.faults.refuseUploadsWith = {
      status: 403,
      reason,
      ...(message === undefined ? {} : { message }),
    };
    for (const bytes of [randomBytes(200), randomBytes(6_000_000)]) {
      await expect(backend.write(named('pack', bytes), bytes)).rejects.toMatchObject({ code });
    }
    expect(await backend.read(named('pack', pack))).toEqual(pack);
    server.faults.refuseUploadsWith = null;
    const bytes = randomBytes(200);
    await backend.write(named('pack', bytes), bytes);
    expect(server.store.duplicates()).toEqual([]);
  });

  it('because a size was not what was known is asked about, and tried again', async () => {
    const { server, backend, pack } = await repositoryFolder();
    server.faults.refuseDownloadsOnce = { status: 416, reason: 'requestedRangeNotSatisfiable' };
    expect(await backend.read(named('pack', pack), { offset: 0, length: 10 })).toEqual(
      pack.subarray(0, 10),
    );
  });
});

describe('room', () => {
  it('is told with what was stored just now', async () => {
    const { server, backend } = await repositoryFolder();
    server.faults.quotaBytes = 10_000_000;
    const before = await backend.space();
    const pack = randomBytes(2_000_000);
    await backend.write(named('pack', pack), pack);
    const after = await backend.space();
    expect((before.freeBytes ?? 0) - (after.freeBytes ?? 0)).toBe(pack.length);
  });

  it('is looked at in each run, and what was sent since counts', async () => {
    const { server, clock, backend } = await repositoryFolder();
    const write = async (bytes: number): Promise<void> => {
      const pack = randomBytes(bytes);
      await backend.write(named('pack', pack), pack);
    };
    await write(2_000_000);
    await write(2_000_000);
    expect(server.calls.get('about')).toBe(1);
    server.faults.quotaBytes = server.store.usage() + 3_000_000;
    // A later run.
    await clock.sleep(120_000);
    for (let i = 0; i < 5; i++) await clock.sleep(120_000);
    await write(2_000_000);
    const uploads = server.calls.get('create');
    await expect(write(2_000_000)).rejects.toMatchObject({
      code: 'drive/quota-full',
      context: { neededBytes: 2_000_000 },
    });
    expect(server.calls.get('create')).toBe(uploads);
  });
});

describe('the sign-in', () => {
  it('outlives trouble of the server that renews it', async () => {
    const { server, backend, pack } = await repositoryFolder();
    server.accounts.expireAll();
    server.faults.tokenTrouble = true;
    const stop = backend.onWait((reason) => {
      if (reason === 'server-trouble') server.faults.tokenTrouble = false;
    });
    expect(await backend.read(named('pack', pack))).toEqual(pack);
    expect(server.faults.tokenTrouble).toBe(false);
    stop();
  });

  it('that was withdrawn ends at once', async () => {
    const { server, backend, pack } = await repositoryFolder();
    server.accounts.expireAll();
    server.faults.revoked = true;
    await expect(backend.read(named('pack', pack))).rejects.toMatchObject({
      code: 'drive/sign-in-ended',
    });
  });
});

describe('what is there already', () => {
  it('is fetched although Google takes it for harmful', async () => {
    const { server, backend, pack } = await repositoryFolder();
    server.faults.flagged = true;
    expect(await backend.read(named('pack', pack))).toEqual(pack);
  });

  it('is not taken for whole when Google says that it is not', async () => {
    const { server, backend } = await repositoryFolder();
    server.faults.incompleteSearch = true;
    await expect(backend.listAnew()).rejects.toMatchObject({ code: 'drive/listing-incomplete' });
  });

  it('twice, is read from the right copy, listed once, and left alone', async () => {
    const { server, clock, backend, pack } = await repositoryFolder();
    const { name } = named('pack', pack);
    const right = server.store.all().find((item) => item.name === name);
    const copies = ['wrong', pack].map((content) => {
      const [id = ''] = server.store.newIds(1);
      return server.store.create({
        id,
        name,
        mimeType: 'application/octet-stream',
        parents: right?.parents ?? [],
        content: Buffer.from(content),
        clientId: 'test-client',
      });
    });
    server.store.remove(right?.id ?? '');
    await clock.sleep(60_000);
    expect(await namesOf(backend, 'pack')).toEqual([name]);
    expect(await backend.read({ kind: 'pack', name })).toEqual(pack);
    await backend.write({ kind: 'pack', name }, pack);
    expect(server.store.all().filter((item) => item.name === name)).toHaveLength(copies.length);
  });
});

describe('a folder that is put into the trash while a run goes on', () => {
  it.each(['Holdfast', 'Holdfast/test', 'Holdfast/test/data', 'Holdfast/test/index'])(
    '%s: is said to be, and nothing is made in it for ever',
    async (path) => {
      const { server, clock, backend, open, pack } = await repositoryFolder();
      const folder = server.store.at(path);
      server.store.trash(folder?.id ?? '', true);
      const before = server.store.all().length;
      const kind = path.endsWith('data') ? 'pack' : 'index';
      for (const bytes of [randomBytes(200), randomBytes(200)]) {
        await expect(backend.write(named(kind, bytes), bytes)).rejects.toMatchObject({
          code: 'drive/folder-trashed',
        });
      }
      // At most the two files themselves, and a folder for packs.
      expect(server.store.all().length - before).toBeLessThanOrEqual(4);
      await clock.sleep(60_000);
      // One above is not ours to watch; the next write meets it again.
      for (const backendOfLater of path === 'Holdfast' ? [] : [backend, open()]) {
        await expect(namesOf(backendOfLater, 'index')).rejects.toMatchObject({
          code: 'drive/folder-trashed',
        });
      }
      server.store.trash(folder?.id ?? '', false);
      await clock.sleep(60_000);
      expect(await namesOf(backend, 'pack')).toContain(named('pack', pack).name);
      const bytes = randomBytes(200);
      await backend.write(named('index', bytes), bytes);
      expect(await backend.read(named('index', bytes))).toEqual(bytes);
    },
    20_000,
  );

  it('a folder above that is in the trash is not told by a change of ours, but by the next listing', async () => {
    const { server, backend } = await repositoryFolder();
    server.store.trash(server.store.at('Holdfast')?.id ?? '', true);
    await expect(backend.listAnew()).rejects.toMatchObject({ code: 'drive/folder-trashed' });
  });
});

describe('a folder that is gone for good', () => {
  it('ends the run, and the next one, which begins anew', async () => {
    const { server, clock, backend, open } = await repositoryFolder();
    server.store.remove(server.store.at('Holdfast/test')?.id ?? '');
    const bytes = randomBytes(200);
    await expect(backend.write(named('index', bytes), bytes)).rejects.toMatchObject({
      code: 'drive/folder-gone',
    });
    await clock.sleep(60_000);
    const later = open();
    await expect(later.stat(CONFIG)).rejects.toMatchObject({ code: 'drive/folder-gone' });
    // Said once: whoever comes again means to begin anew.
    expect(await later.stat(CONFIG)).toBeNull();
    await later.prepare();
    await later.write(CONFIG, randomBytes(50));
    expect(server.store.at('Holdfast/test/config')).not.toBeNull();
  });
});

describe('the folder by its own name', () => {
  it('is found under another one, and in another place, by who has never seen it', async () => {
    const { server, clock, backend, pack } = await repositoryFolder();
    const folderId = await backend.folderId();
    expect(folderId).toBe(server.store.at('Holdfast/test')?.id);
    server.store.move(folderId ?? '', server.store.rootId, 'My photographs');
    await clock.sleep(60_000);
    const later = driveBackend(server, { clock, folderId }).backend;
    expect(await namesOf(later, 'pack')).toEqual([named('pack', pack).name]);
    // And by who knew it before.
    expect(await namesOf(backend, 'pack')).toEqual([named('pack', pack).name]);
    await backend.listAnew();
    expect(await backend.read(named('pack', pack))).toEqual(pack);
  });

  it('is said to be gone when Google has forgotten that this app made it', async () => {
    const { server, clock, backend } = await repositoryFolder();
    const folderId = await backend.folderId();
    server.accounts.clients.set('another client', 'test-secret');
    const refreshToken = server.accounts.signedIn('another client');
    const later = driveBackend(server, {
      clock,
      folderId,
      refreshToken,
      clientId: 'another client',
    }).backend;
    await expect(later.stat(CONFIG)).rejects.toMatchObject({ code: 'drive/folder-gone' });
  });
});
