/** The test vectors and repositories in `fixtures/restic/` (their README tells where they come from), read and unpacked. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from './temporary-folder.ts';

const folder = join(import.meta.dirname, 'fixtures', 'restic');

/** Of `basic-repo` and `v1-repo`; both are public test data. */
export const FIXTURE_PASSWORD = 'holdfast-fixture';
/** Of the second key of `basic-repo`. */
export const FIXTURE_SECOND_PASSWORD = 'zweites Paßwort ✓';

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows the form of its file
export function readVectors<Vectors>(name: string): Vectors {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as Vectors;
}

/** Unpacks a repository that real restic made and returns its folder; by default into a folder of the running test. */
export function unpackRepository(
  name: 'basic-repo' | 'v1-repo',
  into: string = temporaryFolder(),
): string {
  execFileSync('tar', ['-xzf', join(folder, `${name}.tar.gz`), '-C', into]);
  return join(into, name);
}
