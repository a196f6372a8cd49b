/** What happens to a thread that is no longer needed while it still loads, in a process of its own. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';

/** Loads for a while, as one with native modules does. */
const SLOW_THREAD = `
import { writeFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
writeFileSync(new URL('loaded', import.meta.url), '');
parentPort.on('message', () => undefined);
parentPort.postMessage({ kind: 'loaded' });
`;

it.each([
  ['the process has nothing else to do', ''],
  ['it is given up', 'const worker = threads.take(); threads.abandon(worker);'],
  ['the time zone changes', "process.env.TZ = 'Asia/Tokyo'; threads.give(threads.take());"],
])('a thread is not cut off while it loads: %s', (_case, then) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'thread.mjs'), SLOW_THREAD);
  const module = new URL('spare-threads.ts', import.meta.url).href;
  const program = `
    import { SpareThreads } from ${JSON.stringify(module)};
    const threads = new SpareThreads(new URL('thread.mjs', import.meta.url));
    threads.prepare(1);
    ${then}
  `;
  const file = join(folder, 'program.mjs');
  writeFileSync(file, program);
  execFileSync(process.execPath, [file], { env: { ...process.env, TZ: 'UTC' } });
  expect(existsSync(join(folder, 'loaded'))).toBe(true);
});
