/** Limits of speed and stall timers, through real connections. */
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { S3Server } from '../../../../e2e/servers/s3/s3-server.ts';
import { systemClock } from '../../system-ports.ts';
import { named } from '../../testing/backend-suite.ts';
import { driveBackend } from '../../testing/drive-means.ts';
import { driveServers } from '../../testing/drive-servers.ts';
import { s3Backend } from '../../testing/s3-means.ts';
import { InstantClock } from '../../testing/instant-clock.ts';
import { Bandwidth } from './transfer.ts';

const MIB = 1024 * 1024;
const startServer = driveServers();
const s3Servers: S3Server[] = [];
afterEach(async () => {
  await Promise.all(s3Servers.splice(0).map((server) => server.stop()));
});

describe('limits of speed', () => {
  /** By the clock of the limits, on which waiting costs nothing. */
  async function timed(clock: InstantClock, work: () => Promise<unknown>): Promise<number> {
    const startedMs = clock.monotonicMs();
    await work();
    return (clock.monotonicMs() - startedMs) / 1000;
  }

  it('hold up and down, each for itself, and end when they are lifted', async () => {
    const server = await startServer();
    const clock = new InstantClock();
    const { backend, bandwidth } = driveBackend(server, { clock });
    await backend.prepare();
    bandwidth.setLimits({ uploadBytesPerSecond: MIB / 8, downloadBytesPerSecond: null });
    const pack = randomBytes(8 * MIB);
    const file = named('pack', pack);
    const up = await timed(clock, () => backend.write(file, pack));
    // One second's worth may have been saved up.
    expect(up).toBeGreaterThan(62);
    expect(await timed(clock, () => backend.read(file))).toBeLessThan(30);

    bandwidth.setLimits({ uploadBytesPerSecond: null, downloadBytesPerSecond: MIB / 8 });
    expect(await timed(clock, () => backend.read(file))).toBeGreaterThan(62);
    const other = randomBytes(8 * MIB);
    expect(await timed(clock, () => backend.write(named('pack', other), other))).toBeLessThan(30);
  });

  it('hold for all transfers together', async () => {
    const clock = new InstantClock();
    const { up } = new Bandwidth(clock);
    up.setRate(1000);
    const startedMs = clock.monotonicMs();
    const taking = async (): Promise<void> => {
      for (let i = 0; i < 50; i++) await up.take(100);
    };
    await Promise.all([taking(), taking(), taking(), taking()]);
    expect(clock.monotonicMs() - startedMs).toBeGreaterThan(18_900);
  });

  it('may change while something is being sent', async () => {
    const server = await startServer();
    const { backend, bandwidth } = driveBackend(server, { clock: systemClock() });
    await backend.prepare();
    // So slow that it would take an hour.
    bandwidth.setLimits({ uploadBytesPerSecond: 2000, downloadBytesPerSecond: null });
    const pack = randomBytes(7 * MIB);
    const writing = backend.write(named('pack', pack), pack);
    while ((server.calls.get('upload') ?? 0) === 0) await new Promise(setImmediate);
    bandwidth.setLimits({ uploadBytesPerSecond: null, downloadBytesPerSecond: null });
    await writing;
    expect((await backend.read(named('pack', pack))).equals(pack)).toBe(true);
  });
});

describe('a connection on which nothing moves', () => {
  it.each([
    ['an upload', { stallUploads: 1 }],
    ['a download', { stallDownloads: 1 }],
    ['a question', { silent: 1 }],
    ['several in a row', { silent: 3 }],
  ])('is given up and begun anew: %s', async (_, faults) => {
    const server = await startServer();
    const { backend } = driveBackend(server, { stallMs: 400 });
    await backend.prepare();
    const pack = randomBytes(6 * MIB);
    Object.assign(server.faults, faults);
    await backend.write(named('pack', pack), pack);
    expect((await backend.read(named('pack', pack))).equals(pack)).toBe(true);
    await backend.listAnew();
    await backend.delete(named('pack', pack));
    expect(server.faults).toMatchObject({ stallUploads: 0, stallDownloads: 0, silent: 0 });
  });

  it('holds up nobody for ever when it is the sign-in that is being renewed', async () => {
    const server = await startServer();
    const { backend } = driveBackend(server, { stallMs: 400 });
    await backend.prepare();
    await backend.listAnew();
    server.accounts.expireAll();
    // The first is refused, and its token is asked for in vain.
    const refreshes = server.accounts.refreshes;
    server.faults.silentTokens = 2;
    await backend.listAnew();
    expect(server.accounts.refreshes).toBeGreaterThan(refreshes);
  });

  it('is left at once by whoever is cancelled, also while the sign-in is being renewed', async () => {
    const server = await startServer();
    const { backend } = driveBackend(server, { stallMs: 60_000 });
    await backend.prepare();
    server.accounts.expireAll();
    server.faults.silentTokens = 1;
    const stop = new AbortController();
    const listing = backend.listAnew(stop.signal);
    setTimeout(() => stop.abort(new Error('stop')), 50);
    await expect(listing).rejects.toThrow('stop');
  });

  it('to an S3 service is given up, whatever was asked', async () => {
    const server = await S3Server.start();
    s3Servers.push(server);
    const backend = s3Backend(server, { stallMs: 400 });
    const bytes = randomBytes(100);
    const file = named('lock', bytes);
    server.faults.silent = 1;
    await backend.write(file, bytes);
    server.faults.silent = 1;
    expect(await backend.stat(file)).toMatchObject({ sizeBytes: 100 });
    server.faults.silent = 1;
    for await (const { name } of backend.list('lock')) expect(name).toBe(file.name);
    server.faults.silent = 1;
    await backend.delete(file);
    expect(server.faults.silent).toBe(0);
  });
});
