/**
 * A change of the secret is killed at a hundred moments (`npm run test:full`; at 20 in every other run). Each time one of the two known secrets must open the repository, for us and for
 * restic, no key file may be malformed, and the next change must go through.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createEngine } from './engine.ts';
import { decodeKeyFile } from './format/key-file.ts';
import { sha256Hex } from './format/id.ts';
import { testPorts } from './testing/engine-means.ts';
import { restic } from './testing/restic-binary.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const MOMENTS = process.env['HOLDFAST_FULL_TESTS'] === '1' ? 100 : 20;
/** Mostly keys, whose derivation is quick, so that many moments fall between the steps on the disk. */
const PASSWORD_EVERY = 20;

interface Change {
  readonly msFromReadyToDone: number;
  readonly isDone: boolean;
}

/** `killAfterMs` null lets it finish. */
function change(
  path: string,
  from: string,
  to: string,
  kind: 'key' | 'password',
  killAfterMs: number | null,
): Promise<Change> {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, 'testing/change-secret-process.ts');
    const child = spawn(process.execPath, [script, path, from, to, kind], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let readyMs = 0;
    let doneMs: number | null = null;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('ready')) {
        readyMs = performance.now();
        if (killAfterMs !== null) void delay(killAfterMs).then(() => child.kill('SIGKILL'));
      }
      if (text.includes('done')) doneMs = performance.now();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== 0 && code !== null) reject(new Error(`the change ended with ${String(code)}`));
      else resolve({ msFromReadyToDone: (doneMs ?? readyMs) - readyMs, isDone: doneMs !== null });
    });
  });
}

it('always leaves a secret that opens', { timeout: 900_000 }, async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'repo');
  const location = { kind: 'local', path } as const;
  const engine = createEngine(testPorts());
  let current = randomBytes(32).toString('hex');
  await engine.call('repository:create', {
    location,
    credentials: null,
    secret: current,
    secretKind: 'key',
  });
  const opens = (secret: string): Promise<boolean> =>
    engine.call('repository:unlock', { location, credentials: null, secret }).then(
      () => true,
      () => false,
    );
  const resticSays = (password: string): string => {
    const { status, stderr } = restic({ repository: path, password }, 'cat', 'config', '--no-lock');
    return status === 0 ? 'opens' : `${stderr}\n${readdirSync(join(path, 'keys')).join('\n')}`;
  };

  // How long an undisturbed change takes here and now; the kills fall into that time.
  const first = randomBytes(32).toString('hex');
  const { msFromReadyToDone } = await change(path, current, first, 'key', null);
  current = first;
  const outcomes = { old: 0, both: 0, new: 0 };
  for (let moment = 0; moment < MOMENTS; moment += 1) {
    const kind = moment % PASSWORD_EVERY === 0 ? 'password' : 'key';
    const next = kind === 'key' ? randomBytes(32).toString('hex') : `six words ${String(moment)}`;
    // A little beyond the end, too, so that all stages are hit.
    const length = msFromReadyToDone * (kind === 'key' ? 1.5 : 4);
    await change(path, current, next, kind, (length * ((moment * 7) % MOMENTS)) / (MOMENTS - 1));

    for (const name of readdirSync(join(path, 'keys'))) {
      // A name that is not a hash is a leftover of the kill, which every reader passes over.
      if (!/^[0-9a-f]{64}$/u.test(name)) continue;
      const bytes = readFileSync(join(path, 'keys', name));
      expect(sha256Hex(bytes)).toBe(name);
      expect(() => decodeKeyFile(bytes)).not.toThrow();
    }
    const [oldOpens, newOpens] = [await opens(current), await opens(next)];
    expect(oldOpens || newOpens, `moment ${String(moment)}`).toBe(true);
    expect(resticSays(newOpens ? next : current)).toBe('opens');
    outcomes[oldOpens && newOpens ? 'both' : newOpens ? 'new' : 'old'] += 1;
    // What the app does at its next start: it goes on with the new slot where there is one, and removes the old.
    if (oldOpens && newOpens) {
      const { keyId, slotKey } = await engine.call('repository:unlock', {
        location,
        credentials: null,
        secret: next,
      });
      const old = await engine.call('repository:unlock', {
        location,
        credentials: null,
        secret: current,
      });
      await engine.call('keys:remove', {
        access: { location, credentials: null, keyId, slotKey },
        keyId: old.keyId,
      });
      expect(await opens(current)).toBe(false);
    }
    if (newOpens) current = next;
  }
  process.stdout.write(`killed changes left: ${JSON.stringify(outcomes)}\n`);
  expect(restic({ repository: path, password: current }, 'check', '--read-data').status).toBe(0);
});
