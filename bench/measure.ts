/** Runs one command and measures it: wall, CPU and peak memory, each with all processes that it starts. Linux with GNU time. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

export interface Measurement {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** A file for GNU time to write to. */
  readonly report: string;
}

const TIME = '/usr/bin/time';
const SAMPLE_EVERY_MS = 20;

let running: ChildProcess | undefined;

export async function measure(
  command: readonly [string, ...string[]],
  { cwd, env, report }: Surroundings,
): Promise<Measurement> {
  const startedMs = performance.now();
  // GNU time reads what the kernel has counted (wait4): exact, and with all children that were waited for.
  const child = spawn(TIME, ['-q', '-f', '%U %S %M', '-o', report, ...command], {
    cwd,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own, so that it can be ended whole.
    detached: true,
  });
  running = child;
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4000);
  });
  let peakBytes = 0;
  const sampler = setInterval(() => {
    peakBytes = Math.max(peakBytes, treeBytes(child.pid ?? 0));
  }, SAMPLE_EVERY_MS);
  try {
    const [status] = (await once(child, 'close')) as [number | null];
    const wallSeconds = (performance.now() - startedMs) / 1000;
    if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}:\n${complaint}`);
    const [user, system, largestKib] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
    return {
      wallSeconds,
      cpuSeconds: (user ?? Number.NaN) + (system ?? Number.NaN),
      // The kernel's own peak of the largest process misses nothing between two samples.
      peakBytes: Math.max(peakBytes, (largestKib ?? 0) * 1024),
    };
  } finally {
    clearInterval(sampler);
    running = undefined;
    rmSync(report, { force: true });
  }
}

/** Ends what is being measured. */
export function stopRunning(): void {
  if (running?.pid === undefined || running.exitCode !== null) return;
  try {
    process.kill(-running.pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

/** Memory of all below `root`, which is GNU time and does not count. */
function treeBytes(root: number): number {
  const pids = descendants(root);
  const [only] = pids;
  // Pss does not count twice what processes share, but the kernel has to walk all pages for it.
  if (pids.length === 1 && only !== undefined) return kibOf(`/proc/${only}/status`, 'VmRSS');
  return pids.reduce((sum, pid) => sum + kibOf(`/proc/${pid}/smaps_rollup`, 'Pss'), 0);
}

function descendants(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
      const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').match(/\d+/gu);
      return (children ?? []).flatMap((child) => [Number(child), ...descendants(Number(child))]);
    });
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

function kibOf(path: string, field: string): number {
  try {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'mu').exec(readFileSync(path, 'utf8'));
    return Number(found?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** So that no program pays for what the one before it has left to be written; and with `cold`, so that nothing is in memory. */
export function settle(cold: boolean): void {
  spawnSync('sync');
  if (cold) writeFileSync('/proc/sys/vm/drop_caches', '3');
}

/** Why nothing can be measured here, or null. */
export function whyNotMeasurable(cold: boolean): string | null {
  if (process.platform !== 'linux') return 'The bench measures through /proc: it needs Linux.';
  if (!spawnSync(TIME, ['--version']).stdout?.toString().includes('GNU')) {
    return `GNU time is missing at ${TIME}.`;
  }
  if (cold && process.getuid?.() !== 0) return 'Only root can empty the cache of the system.';
  return null;
}
