import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { unsafePlace } from './safe-place.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'safe-place-'));
  for (const name of ['source/deep', 'destination', 'elsewhere', 'source-2']) {
    await mkdir(join(root, name), { recursive: true });
  }
});
afterEach(() => rm(root, { recursive: true }));

const places = () => ({
  sources: [join(root, 'source')],
  destinations: [join(root, 'destination')],
});

it.each([
  ['source/deep/key.csv', 'inside-source'],
  ['source/key.csv', 'inside-source'],
  ['destination/key.csv', 'inside-destination'],
  ['elsewhere/key.csv', null],
  ['source-2/key.csv', null],
])('%s: %s', async (file, answer) => {
  expect(await unsafePlace(join(root, file), places())).toBe(answer);
});

it('follows links', async () => {
  await symlink(join(root, 'source'), join(root, 'elsewhere/link'));
  expect(await unsafePlace(join(root, 'elsewhere/link/key.csv'), places())).toBe('inside-source');
});

it.each(['Dropbox', 'OneDrive - Firm', 'Google Drive', 'iCloudDrive', 'Nextcloud', 'CloudStorage'])(
  'knows %s, in the home folder and elsewhere',
  async (name) => {
    const nowhere = { sources: [], destinations: [] };
    expect(await unsafePlace(join(homedir(), name, 'a', 'key.csv'), nowhere)).toBe(
      'inside-cloud-folder',
    );
    expect(await unsafePlace(join('/mnt', name, 'key.csv'), nowhere)).toBe('inside-cloud-folder');
  },
);

it('takes a root folder as a source for what it is', async () => {
  expect(await unsafePlace('/any/key.csv', { sources: ['/'], destinations: [] })).toBe(
    'inside-source',
  );
});
