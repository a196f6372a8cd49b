/** Indexes of restic and of ours, lost, damaged and cut short, repaired by us and judged by restic. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { LocalBackend } from '../backend/local-backend.ts';
import { resticOk } from '../testing/restic-binary.ts';
import { FIXTURE_PASSWORD, unpackRepository } from '../testing/restic-fixtures.ts';
import { TestJob, testPorts } from '../testing/test-ports.ts';
import { openTestRepository, storeSnapshot } from '../testing/test-repository.ts';
import { repairIndex } from './repair-index.ts';

async function opened(path: string) {
  const secret = Buffer.from(FIXTURE_PASSWORD);
  return await openTestRepository(new LocalBackend(path), testPorts(), secret);
}

describe('restic finds no error after repair index', () => {
  it.each(['basic-repo', 'v1-repo'] as const)('in %s', async (name) => {
    const path = unpackRepository(name);
    const oracle = { repository: path, password: FIXTURE_PASSWORD };
    await storeSnapshot(await opened(path), { 'ours.txt': [Buffer.from('ours')] });
    const listed = resticOk(oracle, 'list', 'blobs').split('\n').toSorted();
    const folder = join(path, 'index');
    const indexes = (): string[] => fs.readdirSync(folder).map((file) => join(folder, file));
    const damages: ((files: readonly string[]) => void)[] = [
      (files) => files.forEach((file) => fs.rmSync(file)),
      (files) => files.slice(0, 1).forEach((file) => fs.truncateSync(file, 60)),
      (files) => files.slice(0, 1).forEach((file) => fs.writeFileSync(file, Buffer.alloc(0))),
    ];
    for (const damage of damages) {
      for (const file of indexes()) fs.chmodSync(file, 0o600);
      damage(indexes());
      const result = await repairIndex(await opened(path), { readAllPacks: false }, new TestJob());
      expect(result.packsAdded).toBeGreaterThan(0);
      expect(result.unreadablePacks).toEqual([]);
      expect(resticOk(oracle, 'check', '--read-data')).toContain('no errors were found');
      expect(resticOk(oracle, 'list', 'blobs').split('\n').toSorted()).toEqual(listed);
    }
    const again = await repairIndex(await opened(path), { readAllPacks: true }, new TestJob());
    expect(again).toMatchObject({ packsAdded: 0, packsCorrected: 0, indexesWritten: 0 });
  });
});
