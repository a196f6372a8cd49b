/**
 * A first backup and an unchanged one to the Drive of the tests, over a line of 100 Mbit/s with 60 ms before each answer: how much of the line is
 * used, how many calls, how much memory. `node bench/drive.ts [MiB]`; the command line must be built.
 */
import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DriveServer } from '../e2e/servers/drive/drive-server.ts';

const MIB = 1024 * 1024;
const LINE_BYTES_PER_SECOND = 100_000_000 / 8;
const LATENCY_MS = 60;

const totalMib = Number(process.argv[2] ?? 1024);
const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
const server = await DriveServer.start();
const tokenFile = join(folder, 'tokens.json');
writeFileSync(
  tokenFile,
  JSON.stringify({
    clientId: 'test-client',
    clientSecret: 'test-secret',
    refreshToken: server.accounts.signedIn(),
    accountId: '0001',
    accountName: 'anna@example.com',
  }),
  { mode: 0o600 },
);

async function holdfast(...args: readonly string[]): Promise<{ seconds: number; peakMib: number }> {
  const program = join(import.meta.dirname, '..', 'out', 'cli', 'holdfast.js');
  const startedMs = performance.now();
  const child = spawn(
    process.execPath,
    [program, '--repo', 'gdrive:bench', '--token-file', tokenFile, ...args],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...server.environment,
        PATH: process.env['PATH'], NODE_OPTIONS: '--import /tmp/w/mem.mjs',
        HOME: folder,
        HOLDFAST_SECRET: 'wooden boats like calm water 7',
      },
    },
  );
  let peakMib = 0;
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${String(child.pid)}/status`, 'utf8');
      peakMib = Math.max(peakMib, Number(/VmHWM:\s+(\d+)/u.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has ended, or this is no Linux.
    }
  }, 100);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`holdfast ended with ${String(code)}`);
  return { seconds: (performance.now() - startedMs) / 1000, peakMib };
}

try {
  const source = join(folder, 'source');
  mkdirSync(source);
  const block = Buffer.alloc(16 * MIB);
  for (let at = 0; at < totalMib; at += 16) {
    writeFileSync(join(source, `file ${at}`), randomFillSync(block));
  }
  await holdfast('init');
  Object.assign(server.faults, {
    latencyMs: LATENCY_MS,
    bytesPerSecond: LINE_BYTES_PER_SECOND,
  });
  const callsBefore = server.totalCalls;
  const first = await holdfast('backup', source);
  const lineSeconds = server.store.usage() / LINE_BYTES_PER_SECOND;
  const callsFirst = server.totalCalls - callsBefore;
  const again = await holdfast('backup', source);
  console.log(
    [
      `first backup of ${totalMib} MiB: ${first.seconds.toFixed(1)} s, ${((lineSeconds / first.seconds) * 100).toFixed(0)} % of the line, ${callsFirst} calls, ${first.peakMib.toFixed(0)} MiB at most`,
      `nothing changed: ${again.seconds.toFixed(1)} s, ${server.totalCalls - callsBefore - callsFirst} calls, ${again.peakMib.toFixed(0)} MiB at most`,
    ].join('\n'),
  );
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
