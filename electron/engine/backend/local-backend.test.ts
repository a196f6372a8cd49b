import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { describeBackend, named } from '../testing/backend-suite.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { LocalBackend } from './local-backend.ts';
import { pathOf } from './layout.ts';
import { classifyOsError } from './os-error.ts';

describeBackend('the local backend', async () => new LocalBackend(join(temporaryFolder(), 'repo')));

const CONFIG = { kind: 'config', name: '' } as const;

async function prepared(): Promise<{ root: string; backend: LocalBackend }> {
  const root = join(temporaryFolder(), 'repo');
  const backend = new LocalBackend(root);
  await backend.prepare();
  return { root, backend };
}

async function modeOf(path: string): Promise<number> {
  return (await fs.stat(path)).mode & 0o777;
}

describe('the layout on disk', () => {
  it('makes the folders of restic, for the owner only', async () => {
    const { root } = await prepared();
    expect((await fs.readdir(root)).sort()).toEqual([
      'data',
      'index',
      'keys',
      'locks',
      'snapshots',
    ]);
    const packFolders = (await fs.readdir(join(root, 'data'))).sort();
    expect(packFolders).toHaveLength(256);
    expect([packFolders.at(0), packFolders.at(10), packFolders.at(-1)]).toEqual(['00', '0a', 'ff']);
    expect(await modeOf(root)).toBe(0o700);
    expect(await modeOf(join(root, 'data', '7f'))).toBe(0o700);
  });

  it('leaves finished files read-only and no temporary file behind', async () => {
    const { root, backend } = await prepared();
    const bytes = randomBytes(30);
    await backend.write(CONFIG, bytes);
    await backend.write(named('pack', bytes), bytes);
    expect(await modeOf(join(root, 'config'))).toBe(0o400);
    const { path } = pathOf(named('pack', bytes));
    expect(await modeOf(join(root, path))).toBe(0o400);
    expect(await fs.readdir(dirname(join(root, path)))).toEqual([named('pack', bytes).name]);
    expect(await fs.readdir(root)).not.toContainEqual(expect.stringContaining('tmp'));
  });

  it('shares new files with the group where config is shared with it', async () => {
    const { root, backend } = await prepared();
    await backend.write(CONFIG, randomBytes(5));
    await fs.chmod(join(root, 'config'), 0o440);
    const again = new LocalBackend(root);
    const bytes = randomBytes(5);
    await again.write(named('index', bytes), bytes);
    expect(await modeOf(join(root, pathOf(named('index', bytes)).path))).toBe(0o440);
  });

  it('skips strange names, folders and packs in the wrong folder when it lists', async () => {
    const { root, backend } = await prepared();
    const bytes = randomBytes(5);
    await backend.write(named('pack', bytes), bytes);
    const { name } = named('pack', bytes);
    const otherFolder = name.startsWith('00') ? '01' : '00';
    await fs.writeFile(join(root, 'data', otherFolder, name), 'misplaced');
    await fs.writeFile(join(root, 'data', '00', 'notes.txt'), '');
    await fs.mkdir(join(root, 'data', '00', '00'.repeat(32)));
    await fs.writeFile(join(root, 'index', `${'ab'.repeat(32)}-tmp-123`), '');
    const found = [];
    for await (const file of backend.list('pack')) found.push(file);
    for await (const file of backend.list('index')) found.push(file);
    expect(found).toMatchObject([{ name, sizeBytes: 5 }]);
  });

  it('tolerates a missing folder on listing and makes it again on writing', async () => {
    const { root, backend } = await prepared();
    await backend.write(CONFIG, randomBytes(5));
    const bytes = randomBytes(5);
    await fs.rm(join(root, 'data'), { recursive: true });
    for await (const file of backend.list('pack')) expect.fail(file.name);
    await backend.write(named('pack', bytes), bytes);
    expect(await backend.read(named('pack', bytes))).toEqual(bytes);
  });
});

describe('leftovers of interrupted writes', () => {
  it('sweeps our own old ones and nothing else', async () => {
    const { root, backend } = await prepared();
    const folder = join(root, 'index');
    const old = new Date(Date.now() - 3 * 24 * 3600 * 1000);
    const ours = `${'ab'.repeat(32)}-tmp-holdfast-0011223344556677`;
    const oursRecent = `${'cd'.repeat(32)}-tmp-holdfast-0011223344556677`;
    const foreign = `${'ab'.repeat(32)}-tmp-1234567`;
    for (const name of [ours, oursRecent, foreign]) await fs.writeFile(join(folder, name), 'x');
    for (const name of [ours, foreign]) await fs.utimes(join(folder, name), old, old);
    const bytes = randomBytes(5);
    await backend.write(named('index', bytes), bytes);
    expect((await fs.readdir(folder)).sort()).toEqual(
      [foreign, oursRecent, named('index', bytes).name].sort(),
    );
  });
});

describe('storage that is gone or refuses', () => {
  it('says that a vanished folder is unavailable, whatever is asked', async () => {
    const { root, backend } = await prepared();
    const bytes = randomBytes(5);
    await backend.write(named('pack', bytes), bytes);
    await fs.rename(root, `${root}-unplugged`);
    const gone = { code: 'backend/unavailable', context: { path: root }, retry: 'later' };
    await expect(backend.read(named('pack', bytes))).rejects.toMatchObject(gone);
    await expect(backend.write(named('pack', bytes), bytes)).rejects.toMatchObject(gone);
    await expect(backend.write(CONFIG, bytes)).rejects.toMatchObject(gone);
    await expect(backend.stat(named('pack', bytes))).rejects.toMatchObject(gone);
    await expect(backend.delete(named('pack', bytes))).rejects.toMatchObject(gone);
    await expect(backend.space()).rejects.toMatchObject(gone);
    for (const kind of ['pack', 'index'] as const) {
      await expect(backend.list(kind)[Symbol.asyncIterator]().next()).rejects.toMatchObject(gone);
    }
    await expect(fs.stat(root)).rejects.toThrow('ENOENT');
  });

  it('does not fill the empty mount point of a disk that was pulled out', async () => {
    const { root, backend } = await prepared();
    await backend.write(CONFIG, randomBytes(5));
    await fs.rm(root, { recursive: true });
    await fs.mkdir(root);
    const bytes = randomBytes(5);
    await expect(backend.write(named('pack', bytes), bytes)).rejects.toMatchObject({
      code: 'backend/unavailable',
    });
    expect(await fs.readdir(root)).toEqual([]);
  });

  it('names a file where a folder should be', async () => {
    const file = join(temporaryFolder(), 'file');
    await fs.writeFile(file, '');
    await expect(new LocalBackend(file).read(CONFIG)).rejects.toMatchObject({
      code: 'backend/unavailable',
    });
  });

  it('leaves nothing behind when a write is stopped in the middle', async () => {
    const { root, backend } = await prepared();
    const stop = new AbortController();
    const bytes = randomBytes(64 * 1024 * 1024);
    const writing = backend.write(named('pack', bytes), bytes, stop.signal);
    stop.abort(new Error('stop'));
    await expect(writing).rejects.toThrow('stop');
    const { folder } = pathOf(named('pack', bytes));
    expect(await fs.readdir(join(root, folder))).toEqual([]);
  });

  it.each([
    ['ENOSPC', 'backend/no-space'],
    ['EDQUOT', 'backend/no-space'],
    ['EACCES', 'backend/permission-denied'],
    ['EPERM', 'backend/permission-denied'],
    ['EROFS', 'backend/permission-denied'],
    ['ENOENT', 'backend/not-found'],
    ['EIO', 'backend/io'],
    ['EMFILE', 'backend/io'],
    ['ENODEV', 'backend/unavailable'],
    ['ESTALE', 'backend/unavailable'],
  ])('classifies %s as %s', (osCode, code) => {
    const error = Object.assign(new Error(osCode), { code: osCode });
    const classified = classifyOsError(error, '/media/disk', 'data/ab/cd');
    expect(classified).toMatchObject({
      code,
      context: { path: '/media/disk', file: 'data/ab/cd', osCode },
      cause: error,
    });
  });
});
