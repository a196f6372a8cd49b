import { createHash } from 'node:crypto';
import { mkdtempSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findMoved } from './moved-disk.ts';

const KEY_ID = 'e2'.repeat(32);
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-moved-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function repositoryAt(
  path: string,
  config = 'sealed config',
): { fingerprint: string; keyId: string } {
  mkdirSync(join(path, 'keys'), { recursive: true });
  writeFileSync(join(path, 'config'), config);
  writeFileSync(join(path, 'keys', KEY_ID), '{}');
  const fingerprint = createHash('sha256').update(config).digest('hex').slice(0, 8);
  return { fingerprint, keyId: KEY_ID };
}

const disks =
  (...names: string[]) =>
  () =>
    Promise.resolve(names.map((name) => join(root, name)));

it('finds the repository where the disk has another name', async () => {
  const known = join(root, 'Backup', 'deep', 'Holdfast');
  const marks = repositoryAt(known);
  renameSync(join(root, 'Backup'), join(root, 'Backup1'));
  mkdirSync(join(root, 'Other'));
  expect(await findMoved(known, marks, disks('Other', 'Backup1'))).toBe(
    join(root, 'Backup1', 'deep', 'Holdfast'),
  );
});

it('takes neither another repository nor a copy without the key slot', async () => {
  const known = join(root, 'Backup', 'Holdfast');
  const marks = repositoryAt(join(root, 'A', 'Holdfast'));
  repositoryAt(join(root, 'B', 'Holdfast'), 'another one');
  rmSync(join(root, 'A', 'Holdfast', 'keys', KEY_ID));
  expect(await findMoved(known, marks, disks('A', 'B'))).toBeNull();
});

it('looks at disks only, and never at the place itself', async () => {
  const known = join(root, 'Backup', 'Holdfast');
  const marks = repositoryAt(known);
  expect(await findMoved(known, marks, disks('Backup'))).toBeNull();
});
