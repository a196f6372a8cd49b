/** The real restic as the judge of prune: of what we leave, of its own repositories pruned by us, and of ours pruned by it. */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import type { PruneRequest } from '../../../shared/model/retention.ts';
import { LocalBackend } from '../backend/local-backend.ts';
import { forgetByRules } from '../retention/forget.ts';
import { DyingBackend } from '../testing/dying-backend.ts';
import { describeTree, randomBytesFor } from '../testing/file-tree.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { makePruneScene, PRUNE_ALL } from '../testing/prune-scene.ts';
import { resticOk, type ResticOptions } from '../testing/restic-binary.ts';
import { FIXTURE_PASSWORD, unpackRepository } from '../testing/restic-fixtures.ts';
import { SmallPacks } from '../testing/small-packs.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { TestJob, testPorts } from '../testing/test-ports.ts';
import {
  createTestRepository,
  openTestRepository,
  TEST_PASSWORD,
} from '../testing/test-repository.ts';
import { prune } from './prune.ts';
import type { Repository } from './repository.ts';

const EVERY_NTH_DEATH = 3;

function requireContent(oracle: ResticOptions): void {
  expect(resticOk(oracle, 'check', '--read-data')).toContain('no errors were found');
}

function open(oracle: ResticOptions): Promise<Repository> {
  const secret = Buffer.from(oracle.password);
  return openTestRepository(new LocalBackend(oracle.repository), testPorts(), secret);
}

async function pruneBoth(oracle: ResticOptions, request: Partial<PruneRequest> = {}) {
  return await prune(await open(oracle), { ...PRUNE_ALL, ...request }, new TestJob());
}

async function forgetAllBut(oracle: ResticOptions, count: number): Promise<void> {
  const filter = { hosts: [], tags: [], paths: [] };
  const request = { rules: { last: count }, groupBy: [], filter, dryRun: false };
  await forgetByRules(await open(oracle), request, new TestJob());
}

/** Several states of a folder, each backed up by restic. Returns what the folder was at the last `keep` of them. */
function backUpStates(oracle: ResticOptions, source: string, states: number): string[][] {
  const trees: string[][] = [];
  for (let state = 0; state < states; state++) {
    fs.mkdirSync(join(source, `folder-${state % 3}`), { recursive: true });
    for (let file = 0; file < 12; file++) {
      const path = join(source, `folder-${state % 3}`, `${file}.bin`);
      fs.writeFileSync(path, randomBytesFor(`${state} ${file}`, 300_000 + file));
    }
    fs.writeFileSync(join(source, 'text.txt'), `state ${state} `.repeat(9_000));
    resticOk(oracle, 'backup', source);
    trees.push(describeTree(source));
  }
  return trees;
}

function requireRestores(oracle: ResticOptions, source: string, trees: readonly string[][]): void {
  const listed = JSON.parse(resticOk(oracle, 'snapshots', '--json')) as { id: string }[];
  expect(listed).toHaveLength(trees.length);
  for (const [at, { id }] of listed.entries()) {
    const target = join(temporaryFolder(), 'restored');
    resticOk(oracle, 'restore', id, '--target', target);
    expect(describeTree(join(target, source))).toEqual(trees[at]);
  }
}

describe('a repository that restic made', () => {
  it('is pruned by us: restic finds no error, and every archive that is kept restores identical', async () => {
    const folder = temporaryFolder();
    const [repository, source] = [join(folder, 'repo'), join(folder, 'source')];
    const oracle = { repository, password: TEST_PASSWORD };
    fs.mkdirSync(source);
    resticOk(oracle, 'init');
    const trees = backUpStates(oracle, source, 6);
    await forgetAllBut(oracle, 3);
    const theirs = resticOk(oracle, 'prune', '--dry-run', '--max-unused', '0');
    const result = await pruneBoth(oracle);
    expect(result.bytes.freed).toBeGreaterThan(3_000_000);
    expect(result.packs.removed + result.packs.repacked).toBeGreaterThan(0);
    expect(theirs).toContain('to delete');
    requireContent(oracle);
    requireRestores(oracle, source, trees.slice(-3));
    // And it has nothing left to do for restic either.
    const after = resticOk(oracle, 'prune', '--dry-run', '--max-unused', '0');
    expect(after).toMatch(/to repack:\s+0 blobs/u);
    expect(after).toMatch(/to delete:\s+0 blobs/u);
    resticOk(oracle, 'backup', source);
    requireContent(oracle);
  });

  it('is pruned with limits, and of version 1', async () => {
    const basic = { repository: unpackRepository('basic-repo'), password: FIXTURE_PASSWORD };
    await forgetAllBut(basic, 1);
    const result = await pruneBoth(basic, { maxUnused: { kind: 'percent', percent: 5 } });
    expect(result.bytes.before).toBeGreaterThan(result.bytes.freed);
    requireContent(basic);
    await pruneBoth(basic);
    requireContent(basic);
    const first = { repository: unpackRepository('v1-repo'), password: FIXTURE_PASSWORD };
    resticOk(first, 'backup', '--host', 'x', import.meta.filename);
    await forgetAllBut(first, 1);
    await pruneBoth(first);
    requireContent(first);
  });

  it('whose own prune was cut off after it had written new packs', async () => {
    const folder = temporaryFolder();
    const [repository, source] = [join(folder, 'repo'), join(folder, 'source')];
    const oracle = { repository, password: TEST_PASSWORD };
    fs.mkdirSync(source);
    resticOk(oracle, 'init');
    const trees = backUpStates(oracle, source, 3);
    await forgetAllBut(oracle, 1);
    // What a killed prune leaves: all old files, and new packs that nothing names.
    const copy = join(folder, 'copy');
    fs.cpSync(repository, copy, { recursive: true });
    resticOk({ ...oracle, repository: copy }, 'prune', '--max-unused', '0');
    fs.cpSync(join(copy, 'data'), join(repository, 'data'), { recursive: true, force: false });
    const result = await pruneBoth(oracle);
    expect(result.packs.unindexed).toBeGreaterThan(0);
    requireContent(oracle);
    requireRestores(oracle, source, trees.slice(-1));
  });
});

describe('a repository of ours', () => {
  it('that restic forgets in and prunes still opens, is written to, and pruned by us again', async () => {
    const folder = temporaryFolder();
    const [repository, source] = [join(folder, 'repo'), join(folder, 'source')];
    await createTestRepository(new LocalBackend(repository));
    const oracle = { repository, password: TEST_PASSWORD };
    fs.mkdirSync(source);
    const trees = backUpStates(oracle, source, 5);
    const session = await open(oracle);
    await session.listSnapshots();
    await session.refreshIndex();
    resticOk(oracle, 'forget', '--keep-last', '2', '--prune', '--max-unused', '0');
    await forgetAllBut(oracle, 1);
    // A session that was open all the time must not rely on what it knew.
    const result = await prune(session, PRUNE_ALL, new TestJob());
    expect(result.bytes.freed).toBeGreaterThan(0);
    requireContent(oracle);
    requireRestores(oracle, source, trees.slice(-1));
  });

  it('whose prune was killed at any moment is whole for restic', async () => {
    const template = new MemoryBackend();
    const kept = await makePruneScene(new SmallPacks(template));
    const whole = new DyingBackend(template.copy());
    await prune(await openTestRepository(whole), PRUNE_ALL, new TestJob());
    const folder = temporaryFolder();
    for (let dieAt = 1; dieAt <= whole.changes; dieAt += EVERY_NTH_DEATH) {
      const memory = template.copy();
      const storage = new DyingBackend(memory, dieAt, dieAt % 2 === 0);
      const dying = prune(await openTestRepository(storage), PRUNE_ALL, new TestJob());
      await dying.catch(() => undefined);
      const repository = join(folder, `killed-${dieAt}`);
      for (const [path, bytes] of memory.contents()) {
        const file = join(repository, path);
        fs.mkdirSync(dirname(file), { recursive: true });
        fs.writeFileSync(file, bytes);
      }
      const oracle = { repository, password: TEST_PASSWORD };
      resticOk(oracle, 'unlock', '--remove-all');
      // Twice the same blob or a pack that nothing names are no errors.
      resticOk(oracle, 'check', '--read-data');
      await pruneBoth(oracle);
      requireContent(oracle);
      const listed = JSON.parse(resticOk(oracle, 'snapshots', '--json')) as { id: string }[];
      expect(listed.map(({ id }) => id)).toEqual([...kept.keys()]);
      fs.rmSync(repository, { recursive: true });
    }
  });
});
