/** A source, a repository that it is backed up to, and a place to restore to. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from '../backend/backend.ts';
import { runBackup } from '../backup/archiver.ts';
import { encodePath } from '../format/repository-path.ts';
import type { Repository } from '../repository/repository.ts';
import { planRestore, type RestorePlan, type RestoreRequest } from '../restore/restore-plan.ts';
import { runRestore } from '../restore/restorer.ts';
import {
  createTestRepository,
  openTestRepository,
  testFileSystem,
  testJob,
  testPorts,
} from './engine-means.ts';
import { temporaryFolder } from './temporary-folder.ts';

const means = { ports: testPorts(), fileSystem: testFileSystem() };

export class RestoreScene {
  readonly folder: string;
  readonly source: string;
  /** Not there yet. */
  readonly target: string;
  readonly repositoryPath: string;
  repository: Repository;

  private constructor(folder: string, repositoryPath: string, repository: Repository) {
    this.folder = folder;
    this.source = join(folder, 'source');
    this.target = join(folder, 'target');
    this.repositoryPath = repositoryPath;
    this.repository = repository;
    mkdirSync(this.source);
  }

  /** Needs a running test: its folder goes when that ends. */
  static async create(): Promise<RestoreScene> {
    const folder = temporaryFolder();
    const path = join(folder, 'repo');
    return new RestoreScene(folder, path, await createTestRepository(path));
  }

  /** Where the source lies when everything was restored. */
  get restored(): string {
    return join(this.target, this.source);
  }

  async backUp(): Promise<void> {
    const request = { sources: [this.source], excludes: [], excludedPlaces: [] };
    await runBackup(this.repository, request, means, testJob());
  }

  /** Forgets what it knows of the repository; `by` is another way to it. */
  async reopen(by: string | Backend = this.repositoryPath): Promise<void> {
    this.repository = await openTestRepository(by);
  }

  /** Of everything into the target, leaving alone what is there, unless `request` says otherwise. */
  async plan(request: Partial<RestoreRequest> = {}): Promise<RestorePlan> {
    const snapshot = await this.repository.findSnapshot('latest');
    await this.repository.refreshIndex();
    return planRestore(this.repository, snapshot, {
      include: ['/'],
      target: { kind: 'folder', path: this.target, keepParents: false },
      conflictPolicy: 'skip',
      repositoryFolder: this.repositoryPath,
      ...request,
    });
  }

  async restore(request: Partial<RestoreRequest> = {}, job = testJob()) {
    return runRestore(this.repository, await this.plan(request), means, job);
  }
}

/** The path that an archive has for what lies below a folder on the disk. */
export function archivePath(folder: string, ...names: readonly string[]): string {
  const components = [...folder.split('/').filter((name) => name !== ''), ...names];
  return encodePath(components.map((name) => Buffer.from(name)));
}

export function namesIn(folder: string): string[] {
  return readdirSync(folder).sort();
}
