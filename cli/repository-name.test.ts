import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parseRepositoryName } from './repository-name.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

it('takes a folder as it is', () => {
  expect(parseRepositoryName('backups/laptop', {})).toEqual({
    location: { kind: 'local', path: resolve('backups/laptop') },
    credentials: null,
  });
});

it.each([
  ['s3:https://s3.example.com/backups/laptop/home', 'https://s3.example.com', 'laptop/home', true],
  ['s3:s3.example.com/backups', 'https://s3.example.com', '', true],
  ['s3:http://127.0.0.1:9000/backups/x/', 'http://127.0.0.1:9000', 'x', true],
  [
    's3:https://s3.eu-central-1.amazonaws.com/backups',
    'https://s3.eu-central-1.amazonaws.com',
    '',
    false,
  ],
])('reads %s', (name, endpoint, path, pathStyle) => {
  expect(parseRepositoryName(name, { ...KEYS, AWS_DEFAULT_REGION: 'eu-1' })).toEqual({
    location: { kind: 's3', endpoint, region: 'eu-1', bucket: 'backups', path, pathStyle },
    credentials: { kind: 's3', accessKeyId: 'id', secretAccessKey: 'secret' },
  });
});

it('finds a folder in iCloud Drive', () => {
  const drive = mkdtempSync(join(tmpdir(), 'holdfast-icloud-'));
  onTestFinished(() => rmSync(drive, { recursive: true }));
  const { location } = parseRepositoryName('icloud:Holdfast/laptop', {
    HOLDFAST_ICLOUD_DIR: drive,
  });
  expect(location).toEqual({ kind: 'icloud', path: join(drive, 'Holdfast', 'laptop') });
});

it('says what is missing', () => {
  expect(() => parseRepositoryName('gdrive:/', {})).toThrow('gdrive:Folder');
  expect(() => parseRepositoryName('icloud:', {})).toThrow('icloud:Folder');
  expect(() => parseRepositoryName('s3:https://host/', KEYS)).toThrow(
    's3:https://host/bucket/prefix',
  );
  const bucket = (env: NodeJS.ProcessEnv) => () => parseRepositoryName('s3:https://host/b', env);
  expect(bucket({})).toThrow('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set');
  expect(bucket({ AWS_ACCESS_KEY_ID: 'id' })).toThrow(/^AWS_SECRET_ACCESS_KEY must be set/u);
  const nowhere = { HOLDFAST_ICLOUD_DIR: '/does/not/exist' };
  expect(() => parseRepositoryName('icloud:Holdfast', nowhere)).toThrow('icloud/off');
});
