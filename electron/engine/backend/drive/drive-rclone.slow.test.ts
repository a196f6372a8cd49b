/** What Holdfast writes to Drive is a repository for restic with rclone's own Drive client in between, and the other way round. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DriveServer } from '../../../../e2e/servers/drive/drive-server.ts';
import { GoogleProxy } from '../../../../e2e/servers/drive/google-proxy.ts';
import { runBackup } from '../../backup/archiver.ts';
import { openFileSystem } from '../../native/open-file-system.ts';
import { check } from '../../repository/check.ts';
import { Repository } from '../../repository/repository.ts';
import { driveBackend } from '../../testing/drive-means.ts';
import { TEST_HOST, testPorts } from '../../testing/engine-means.ts';
import { InstantClock } from '../../testing/instant-clock.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { TestJob } from '../../testing/test-ports.ts';
import { fastSlot } from '../../testing/test-repository.ts';

const PASSWORD = 'a password for tests';
const PATH = 'Holdfast/test';

describe('restic through rclone', () => {
  it('checks the repository, goes on in it, and its archive is read by Holdfast', async () => {
    const folder = temporaryFolder();
    // What is waited for is not waited here, and restic takes no archive of the future for a parent.
    const clock = new InstantClock(Date.now() - 3_600_000);
    const server = await DriveServer.start({ nowMs: () => clock.monotonicMs() });
    onTestFinished(() => server.stop());
    const proxy = await GoogleProxy.start(server.url, folder);
    onTestFinished(() => proxy.stop());
    const refreshToken = server.accounts.signedIn();
    const { backend } = driveBackend(server, { clock, path: PATH, refreshToken });
    const ports = { ...testPorts(), clock };
    const means = { ports, fileSystem: await openFileSystem(ports.log) };
    const source = join(folder, 'source');
    const request = { sources: [source], excludes: [], excludedPlaces: [] };

    writeTree(source, 0);
    await backend.prepare();
    const secret = Buffer.from(PASSWORD);
    const repository = await Repository.create(backend, ports, { secret, slot: fastSlot });
    await runBackup(repository, request, means, new TestJob());

    const restic = async (...args: readonly string[]): Promise<string> => {
      const remote = ['--no-cache', '-r', `rclone:drive:${PATH}`];
      const { stdout } = await promisify(execFile)('restic', [...remote, ...args], {
        env: {
          PATH: process.env['PATH'],
          HOME: folder,
          TMPDIR: folder,
          RESTIC_PASSWORD: PASSWORD,
          HTTPS_PROXY: proxy.url,
          RCLONE_CA_CERT: proxy.certificatePath,
          RCLONE_CONFIG_DRIVE_TYPE: 'drive',
          RCLONE_CONFIG_DRIVE_SCOPE: 'drive.file',
          RCLONE_CONFIG_DRIVE_CLIENT_ID: 'test-client',
          RCLONE_CONFIG_DRIVE_CLIENT_SECRET: 'test-secret',
          RCLONE_CONFIG_DRIVE_TOKEN_URL: `${server.url}/token`,
          RCLONE_CONFIG_DRIVE_TOKEN: JSON.stringify({
            access_token: 'expired',
            token_type: 'Bearer',
            refresh_token: refreshToken,
            expiry: '2020-01-01T00:00:00Z',
          }),
        },
      });
      return stdout;
    };
    expect(await restic('check', '--read-data')).toContain('no errors were found');
    writeTree(source, 1);
    const lines = (await restic('backup', '--json', '--host', TEST_HOST, source)).trim();
    expect(JSON.parse(lines.split('\n').at(-1) ?? '')).toMatchObject({
      files_new: 40,
      files_unmodified: 40,
    });
    expect(proxy.refused).toEqual([]);

    // Another computer, which has seen nothing of this.
    const other = driveBackend(server, { clock, path: PATH, refreshToken }).backend;
    const again = await Repository.open(other, ports, { kind: 'secret', secret });
    const found = await check(again, { readData: true }, new TestJob());
    expect(found.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(found).toMatchObject({ snapshotsChecked: 2 });
    expect(server.store.duplicates()).toEqual([]);
  }, 240_000);
});

function writeTree(folder: string, round: number): void {
  for (let i = 0; i < 40; i++) {
    const path = join(folder, `round ${round}`, `folder ${i % 7}`);
    mkdirSync(path, { recursive: true });
    // Not empty: restic counts empty files apart.
    writeFileSync(join(path, `file ${i}`), randomBytes(i % 10 === 0 ? 9_000_000 : 3000 * i + 1));
  }
}
