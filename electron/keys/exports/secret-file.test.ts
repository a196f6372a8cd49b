import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { unfinishedName, whereabouts, writeSecretFile } from './secret-file.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'secret-file-'));
});
afterEach(() => rm(root, { recursive: true }));

it('is for its owner alone, whole, and our copy of the bytes is gone', async () => {
  const path = join(root, 'key.csv');
  const bytes = Buffer.from('the secret');
  await writeSecretFile(path, bytes);
  expect(await readFile(path, 'utf8')).toBe('the secret');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(root)).toEqual(['key.csv']);
  expect(bytes.every((byte) => byte === 0)).toBe(true);
});

it('replaces a link, and never writes through it', async () => {
  await writeFile(join(root, 'other'), 'untouched');
  await symlink(join(root, 'other'), join(root, 'key.csv'));
  await writeSecretFile(join(root, 'key.csv'), Buffer.from('the secret'));
  expect(await readFile(join(root, 'other'), 'utf8')).toBe('untouched');
  expect(await readFile(join(root, 'key.csv'), 'utf8')).toBe('the secret');
});

it('says when it cannot be written, and leaves nothing', async () => {
  await expect(
    writeSecretFile(join(root, 'missing', 'key.csv'), Buffer.from('the secret')),
  ).rejects.toMatchObject({ code: 'export/not-written' });
  expect(await readdir(root)).toEqual([]);
});

it('has the name that was told while it is written', async () => {
  const path = join(root, 'key.csv');
  const unfinished = unfinishedName(path);
  // Somebody has taken it: so this is the name that is written to.
  await writeFile(unfinished, '');
  await expect(writeSecretFile(path, Buffer.from('the secret'), unfinished)).rejects.toMatchObject({
    code: 'export/not-written',
  });
  expect(await readdir(root)).toEqual([]);
});

it('is watched until it is gone, edited or not', async () => {
  const path = join(root, 'key.csv');
  await writeSecretFile(path, Buffer.from('the secret'));
  expect(whereabouts(path)).toBe('there');
  await writeFile(path, 'the secret, and a line from a spreadsheet');
  expect(whereabouts(path)).toBe('there');
  await rm(path);
  expect(whereabouts(path)).toBe('gone');
});

it('is not known to be gone where it cannot be seen now', async () => {
  expect(whereabouts(join(root, 'stick', 'key.csv'))).toBe('unknown');
  await symlink(join(root, 'b'), join(root, 'a'));
  await symlink(join(root, 'a'), join(root, 'b'));
  expect(whereabouts(join(root, 'a', 'key.csv'))).toBe('unknown');
});
