/** A repository that restic wrote, restored by us and compared with what an independent reader found in it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Repository } from '../repository/repository.ts';
import { openTestRepository, testFileSystem, testJob, testPorts } from '../testing/engine-means.ts';
import { joinPath } from '../native/path-bytes.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { planRestore } from './restore-plan.ts';
import { runRestore } from './restorer.ts';

interface ManifestFile {
  readonly path_hex: string;
  readonly type: string;
  readonly perm_octal: string;
  readonly mtime_ns: string;
  readonly size?: number;
  readonly sha256?: string;
  readonly nlink?: number;
  readonly inode?: string;
  readonly target?: string;
}

interface Manifest {
  readonly password: string;
  readonly source_root: string;
  readonly snapshots: readonly { readonly id: string; readonly files: readonly ManifestFile[] }[];
}

const fixtures = join(import.meta.dirname, '..', 'testing', 'fixtures', 'restic');

function readManifest(name: string): Manifest {
  return JSON.parse(readFileSync(join(fixtures, name), 'utf8')) as Manifest;
}

function unpack(name: string): string {
  const folder = temporaryFolder();
  execFileSync('tar', ['-xzf', join(fixtures, `${name}.tar.gz`), '-C', folder]);
  return join(folder, name);
}

async function restoreAll(repository: Repository, id: string, path: string, repo: string) {
  const snapshot = await repository.findSnapshot(id);
  await repository.refreshIndex();
  const plan = await planRestore(repository, snapshot, {
    include: ['/'],
    target: { kind: 'folder', path, keepParents: false },
    conflictPolicy: 'skip',
    repositoryFolder: repo,
  });
  const means = { ports: testPorts(), fileSystem: testFileSystem() };
  return runRestore(repository, plan, means, testJob());
}

describe('the repository of restic 0.14', () => {
  it.each([0, 1])('is restored as the manifest has it, snapshot %i', async (number) => {
    const manifest = readManifest('basic-manifest.json');
    const repo = unpack('basic-repo');
    const repository = await openTestRepository(repo, testPorts(), manifest.password);
    const expected = manifest.snapshots[number];
    const target = temporaryFolder();
    const result = await restoreAll(repository, expected?.id ?? '', target, repo);
    expect(result.warnings).toEqual([]);
    const root = Buffer.from(join(target, manifest.source_root));
    const inodes = new Map<string, bigint>();
    for (const file of expected?.files ?? []) {
      const path = joinPath(root, Buffer.from(file.path_hex, 'hex'));
      const stat = lstatSync(path, { bigint: true });
      expect([path.toString(), String(stat.mtimeNs)]).toEqual([path.toString(), file.mtime_ns]);
      if (file.type === 'symlink') {
        expect(readlinkSync(path, 'utf8')).toBe(file.target);
        continue;
      }
      expect((stat.mode & 0o7777n).toString(8).padStart(4, '0')).toBe(file.perm_octal);
      if (file.type !== 'file') continue;
      expect(stat.size).toBe(BigInt(file.size ?? -1));
      expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(file.sha256);
      if ((file.nlink ?? 1) > 1) {
        const known = inodes.get(file.inode ?? '');
        if (known !== undefined) expect(stat.ino).toBe(known);
        inodes.set(file.inode ?? '', stat.ino);
      }
    }
    expect(result.filesRestored).toBe(
      expected?.files.filter((file) => file.type === 'file').length,
    );
  });
});
