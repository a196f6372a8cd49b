import { expect, it } from 'vitest';
import { belongsToAnother, folderOf, labelFor, placeText, resticPlace } from './location-names.ts';
import type { Location } from './model/destination.ts';

const drive: Location = {
  kind: 'gdrive',
  path: 'Holdfast/laptop',
  folderId: null,
  accountId: '1',
  clientId: 'c',
  accountName: 'anna@example.com',
};
const s3: Location = {
  kind: 's3',
  endpoint: 'https://s3.example.com/',
  region: 'us-east-1',
  bucket: 'backups',
  path: '',
  pathStyle: true,
};

it('names places for people and for restic', () => {
  const disk: Location = { kind: 'local', path: '/media/anna/Disk/Holdfast' };
  expect([labelFor(disk), placeText(disk), resticPlace(disk), folderOf(disk)]).toEqual([
    'Holdfast',
    '/media/anna/Disk/Holdfast',
    '/media/anna/Disk/Holdfast',
    '/media/anna/Disk/Holdfast',
  ]);
  expect([labelFor(drive), placeText(drive), resticPlace(drive), folderOf(drive)]).toEqual([
    'laptop',
    'Google Drive (anna@example.com): Holdfast/laptop',
    'rclone:gdrive:Holdfast/laptop',
    null,
  ]);
  expect([labelFor(s3), placeText(s3), labelFor({ ...s3, path: 'a/b' })]).toEqual([
    'backups',
    's3:https://s3.example.com/backups',
    'b',
  ]);
  expect(resticPlace({ ...s3, path: 'a/b' })).toBe('s3:https://s3.example.com/backups/a/b');
  expect(labelFor({ kind: 'local', path: 'D:\\Backups\\Holdfast' })).toBe('Holdfast');
});

it('knows which backups in iCloud Drive are of another computer', () => {
  const at = (name: string): Location => ({ kind: 'icloud', path: `/iCloud/Holdfast/${name}` });
  expect(belongsToAnother(at('desktop'), 'laptop')).toBe(true);
  expect(belongsToAnother(at('laptop'), 'laptop')).toBe(false);
  expect(belongsToAnother(at('laptop 2'), 'laptop')).toBe(false);
  expect(belongsToAnother(at('a-b'), 'a/b')).toBe(false);
  expect(belongsToAnother(drive, 'desktop')).toBe(false);
});
