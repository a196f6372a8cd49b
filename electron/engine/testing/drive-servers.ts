/** Drives of one test file, stopped after each test. */
import { afterEach } from 'vitest';
import { DriveServer, type DriveServerOptions } from '../../../e2e/servers/drive/drive-server.ts';
import type { Backend, FileKind } from '../backend/backend.ts';
import { InstantClock } from './instant-clock.ts';

const servers: DriveServer[] = [];

/** Registers the stopping; returns how to start one. */
export function driveServers(): (options?: DriveServerOptions) => Promise<DriveServer> {
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });
  return async (options) => {
    const server = await DriveServer.start(options);
    servers.push(server);
    return server;
  };
}

/** A clock whose waits cost nothing, and how a Drive is told to go by it. */
export function sharedClock(): { readonly clock: InstantClock; readonly nowMs: () => number } {
  const clock = new InstantClock();
  return { clock, nowMs: () => Number(clock.nowNs() / 1_000_000n) };
}

export async function namesOf(
  backend: Backend,
  kind: Exclude<FileKind, 'config'>,
): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of backend.list(kind)) names.push(name);
  return names.toSorted();
}
