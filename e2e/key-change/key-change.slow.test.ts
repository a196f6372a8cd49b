/**
 * A change of the secret is killed at a hundred moments (`npm run test:full`; at 20 in every other run): engine, keychain and settings as
 * the app has them. After the next start there is one slot, and what this computer keeps opens it, for us and for restic.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { decodeKeyFile } from '../../electron/engine/format/key-file.ts';
import { sha256Hex } from '../../electron/engine/format/id.ts';
import { restic } from '../../electron/engine/testing/restic-binary.ts';
import { temporaryFolder } from '../../electron/engine/testing/temporary-folder.ts';
import { finishChanges } from '../../electron/main/handlers/key-change.ts';
import { computerIn, DESTINATION_ID, makeBackup } from './computer.ts';

const MOMENTS = process.env['HOLDFAST_FULL_TESTS'] === '1' ? 100 : 20;
/** Mostly keys, whose derivation is quick, so that many moments fall between the steps on the disk. */
const PASSWORD_EVERY = 20;
const PASSWORD = 'wooden boats like calm water';

let folder = '';
let path = '';
let firstKey = '';

beforeEach(async () => {
  folder = temporaryFolder();
  path = join(folder, 'repo');
  firstKey = await makeBackup(folder);
});

/** The names of key files, each of a right form. */
function slots(): string[] {
  // A name that is not a hash is a leftover of the kill, which every reader passes over.
  const names = readdirSync(join(path, 'keys')).filter((name) => /^[0-9a-f]{64}$/u.test(name));
  for (const name of names) {
    const bytes = readFileSync(join(path, 'keys', name));
    expect(sha256Hex(bytes)).toBe(name);
    expect(() => decodeKeyFile(bytes)).not.toThrow();
  }
  return names;
}

function opensForRestic(password: string): boolean {
  return restic({ repository: path, password }, 'cat', 'config', '--no-lock').status === 0;
}

interface Change {
  readonly secret: string;
  readonly msFromReadyToDone: number;
  readonly isDone: boolean;
}

/** `killAfterMs` null lets it finish. */
function change(kind: 'key' | 'password', password: string, killAfterMs: number | null) {
  return new Promise<Change>((resolve, reject) => {
    const script = join(import.meta.dirname, 'change-process.ts');
    const child = spawn(process.execPath, [script, folder, kind, password], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let [readyMs, doneMs, secret] = [0, 0, ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const ready = /^ready (.+)$/mu.exec(text);
      if (ready !== null) {
        secret = ready[1] ?? '';
        readyMs = performance.now();
        if (killAfterMs !== null) void delay(killAfterMs).then(() => child.kill('SIGKILL'));
      }
      if (/^done$/mu.test(text)) doneMs = performance.now();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== 0 && code !== null) reject(new Error(`the change ended with ${String(code)}`));
      else resolve({ secret, msFromReadyToDone: doneMs - readyMs, isDone: doneMs > 0 });
    });
  });
}

describe('a change that is killed', () => {
  it(
    'leaves one slot after the next start, and its secret is the one that is kept',
    {
      timeout: 900_000,
    },
    async () => {
      const { secret, msFromReadyToDone } = await change('key', '', null);
      let current = secret;
      const outcomes = { old: 0, new: 0, settled: 0 };
      for (let moment = 0; moment < MOMENTS; moment += 1) {
        const kind = moment % PASSWORD_EVERY === 0 ? 'password' : 'key';
        // A little beyond the end, too, so that all stages are hit.
        const length = msFromReadyToDone * (kind === 'key' ? 1.5 : 5);
        const killAfterMs = (length * ((moment * 7) % MOMENTS)) / (MOMENTS - 1);
        const changed = await change(kind, `${PASSWORD} ${String(moment)}`, killAfterMs);
        const before = slots();
        expect(opensForRestic(current) || opensForRestic(changed.secret)).toBe(true);

        const computer = await computerIn(folder);
        await finishChanges(computer.context);
        const left = slots();
        expect(left, `moment ${String(moment)}`).toHaveLength(1);
        if (before.length > 1) outcomes.settled += 1;
        const { protection, repositoryId } = computer.model.destination(DESTINATION_ID);
        const kept = await computer.secrets.get(repositoryId);
        expect([protection.keyId, kept?.keyId]).toEqual([left[0], left[0]]);
        expect([protection.retiringKeyId, protection.changingTo]).toEqual([null, null]);
        await computer.model.use(DESTINATION_ID, (access) =>
          computer.engine.call('snapshots:list', { access }),
        );
        const isNew = opensForRestic(changed.secret);
        expect(isNew || opensForRestic(current)).toBe(true);
        // Nobody was told that it had come about before it had.
        if (changed.isDone) expect(isNew).toBe(true);
        if (isNew) current = changed.secret;
        outcomes[isNew ? 'new' : 'old'] += 1;
        if (kept?.recoveryKey != null) {
          expect(Buffer.from(kept.recoveryKey).toString('hex')).toBe(current);
        }
      }
      process.stdout.write(`killed changes: ${JSON.stringify(outcomes)}\n`);
      // Or the kills all fell before the change had begun, or after it had ended, and have shown nothing.
      expect(Math.min(outcomes.old, outcomes.new, outcomes.settled)).toBeGreaterThan(0);
      expect(restic({ repository: path, password: current }, 'check', '--read-data').status).toBe(
        0,
      );
    },
  );
});

describe('a keychain that refuses the new secret', () => {
  it('keeps the old one in force where the new one is saved nowhere', async () => {
    const { handlers, keychain, context } = await computerIn(folder);
    await context.secrets.problem();
    const { draftId } = await handlers['protection:make-draft']({
      kind: 'key',
      destinationId: DESTINATION_ID,
    });
    keychain.isRefusing = true;
    await expect(
      handlers['keys:change']({
        destinationId: DESTINATION_ID,
        protection: { kind: 'key', draftId, proofPostponed: true },
      }),
    ).rejects.toMatchObject({ code: 'secret/proof-needed' });
    expect(slots()).toHaveLength(1);
    expect(opensForRestic(firstKey)).toBe(true);
    // And after a restart.
    const again = await computerIn(folder);
    await finishChanges(again.context);
    const { repositoryId } = again.model.destination(DESTINATION_ID);
    const kept = await again.secrets.get(repositoryId);
    expect(Buffer.from(kept?.recoveryKey ?? []).toString('hex')).toBe(firstKey);
    expect(opensForRestic(firstKey)).toBe(true);
  });

  it('goes on where the person has proved it, and never hands out the former one', async () => {
    const { handlers, keychain, context } = await computerIn(folder);
    await context.secrets.problem();
    const { draftId } = await handlers['protection:make-draft']({
      kind: 'key',
      destinationId: DESTINATION_ID,
    });
    const key = context.drafts.keyOf(draftId) ?? '';
    const proof = { how: 'pasted', text: key } as const;
    expect(await handlers['protection:prove-key']({ draftId, proof })).toMatchObject({
      proved: true,
    });
    keychain.isRefusing = true;
    const changed = await handlers['keys:change']({
      destinationId: DESTINATION_ID,
      protection: { kind: 'key', draftId, proofPostponed: false },
    });
    expect(changed).toEqual({ oldStillOpens: false });
    expect([opensForRestic(firstKey), opensForRestic(key)]).toEqual([false, true]);
    const again = await computerIn(folder);
    await finishChanges(again.context);
    const { repositoryId } = again.model.destination(DESTINATION_ID);
    expect(await again.secrets.get(repositoryId)).toBeNull();
    expect(opensForRestic(key)).toBe(true);
  });
});

it('makes one change at a time', async () => {
  const { handlers, context } = await computerIn(folder);
  const drafts = await Promise.all(
    [1, 2].map(async () =>
      handlers['protection:make-draft']({ kind: 'key', destinationId: DESTINATION_ID }),
    ),
  );
  const ended = await Promise.allSettled(
    drafts.map(async ({ draftId }) =>
      handlers['keys:change']({
        destinationId: DESTINATION_ID,
        protection: { kind: 'key', draftId, proofPostponed: true },
      }),
    ),
  );
  expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(slots()).toHaveLength(1);
  const { repositoryId } = context.model.destination(DESTINATION_ID);
  const kept = await context.secrets.get(repositoryId);
  expect(opensForRestic(Buffer.from(kept?.recoveryKey ?? []).toString('hex'))).toBe(true);
});
