/**
 * One backup in a process of its own, so that tests can kill it or run it as somebody else:
 * `backup-process.ts REPOSITORY SOURCE [create]`. Sends bytes done to its parent and prints the result.
 */
import { runBackup } from '../backup/archiver.ts';
import {
  createTestRepository,
  openTestRepository,
  testFileSystem,
  testJob,
  testPorts,
} from './engine-means.ts';

const [path, source, create] = process.argv.slice(2);
if (path === undefined || source === undefined) throw new Error('repository and source are needed');
process.on('SIGHUP', () => undefined);
const ports = testPorts();
const repository =
  create === undefined
    ? await openTestRepository(path, ports)
    : await createTestRepository(path, ports);
const result = await runBackup(
  repository,
  { sources: [source], excludes: [], excludedPlaces: [] },
  { ports, fileSystem: testFileSystem() },
  testJob((progress) => process.send?.(progress.bytesDone)),
);
process.stdout.write(JSON.stringify(result));
process.disconnect?.();
