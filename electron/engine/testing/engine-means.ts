/** Ports, jobs and repositories for tests of backup and restore: the real clock and file system, keys that cost nothing. */
import koffi from 'koffi';
import { HoldfastError } from '../../../shared/errors.ts';
import type { Progress, Warning } from '../../../shared/model/job.ts';
import type { Backend } from '../backend/backend.ts';
import { LocalBackend } from '../backend/local-backend.ts';
import { exactFileSystem } from '../native/exact-file-system.ts';
import type { FileSystemPort } from '../native/file-system-port.ts';
import type { EnginePorts, JobPort } from '../ports.ts';
import { Repository } from '../repository/repository.ts';
import { systemClock, systemIdentity } from '../system-ports.ts';

export const TEST_SECRET = 'holdfast-fixture';
export const TEST_HOST = 'test-host';
export const testSlot = {
  kdf: { N: 16, r: 8, p: 1 },
  username: 'holdfast',
  hostname: 'holdfast',
} as const;

export function testPorts(hostname = TEST_HOST): EnginePorts & { readonly warned: string[] } {
  const warned: string[] = [];
  return {
    warned,
    clock: systemClock(),
    log: { debug: () => undefined, info: () => undefined, warn: (event) => warned.push(event) },
    identity: { ...systemIdentity(), hostname },
    programVersion: 'holdfast 0.0.0-test',
  };
}

export function testFileSystem(): FileSystemPort {
  return exactFileSystem(koffi);
}

export interface TestJob extends JobPort {
  readonly told: Progress[];
  readonly warned: Warning[];
  cancel(): void;
}

/** `onProgress` may cancel. */
export function testJob(onProgress?: (progress: Progress, job: TestJob) => void): TestJob {
  const stop = new AbortController();
  const job: TestJob = {
    told: [],
    warned: [],
    signal: stop.signal,
    whenRunning: () => Promise.resolve(),
    progress: (progress) => {
      job.told.push(progress);
      onProgress?.(progress, job);
    },
    warning: (warning) => job.warned.push(warning),
    cancel: () => {
      stop.abort(new HoldfastError('job/cancelled'));
    },
  };
  return job;
}

export function createTestRepository(
  where: string | Backend,
  ports: EnginePorts = testPorts(),
): Promise<Repository> {
  const backend = typeof where === 'string' ? new LocalBackend(where) : where;
  return Repository.create(backend, ports, {
    secret: new TextEncoder().encode(TEST_SECRET),
    slot: testSlot,
  });
}

export function openTestRepository(
  where: string | Backend,
  ports: EnginePorts = testPorts(),
  secret = TEST_SECRET,
): Promise<Repository> {
  const backend = typeof where === 'string' ? new LocalBackend(where) : where;
  return Repository.open(backend, ports, {
    kind: 'secret',
    secret: new TextEncoder().encode(secret),
  });
}
