/** Storage elsewhere than in a folder: signed in to in the window, backed up to, let go, and found again by another computer. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { PageApi } from '../../shared/ipc/page-api.ts';
import { expect, test } from '../harness/fixture.ts';
import { expectProtected, heading, next, restoreToFolder, setUpWithKey } from '../harness/flows.ts';
import {
  finishSetUp,
  REMOTE_RUN_MS,
  signInWhenAsked,
  toThePlace,
} from '../harness/storage-flows.ts';
import { startKeyring } from '../harness/keyring.ts';
import { Restic } from '../harness/restic.ts';
import { makeSampleTree } from '../harness/sample-tree.ts';
import { assertSameTree } from '../harness/tree.ts';
import { DriveServer } from '../servers/drive/drive-server.ts';
import { S3Server } from '../servers/s3/s3-server.ts';

/** Finished backups, as the window knows them. */
async function archivesOf(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { holdfast } = globalThis as unknown as { readonly holdfast: Pick<PageApi, 'jobs'> };
    const reply = await holdfast.jobs.list({});
    return reply.ok ? reply.value.filter(({ state }) => state === 'succeeded').length : 0;
  });
}

test('Google Drive: signed in, backed up, signed out and in again, found by a new computer', async ({
  folders,
  launch,
}) => {
  test.setTimeout(420_000);
  makeSampleTree(folders.source);
  const server = await DriveServer.start();
  server.faults.quotaBytes = 15_000_000_000;
  const computer = await startKeyring();
  const other = await startKeyring();
  try {
    const running = await launch({ env: server.environment, keychain: computer });
    const { app, page } = running;
    await signInWhenAsked(app);
    await toThePlace(running);
    await page.getByRole('radio', { name: /^Google Drive/u }).click();
    await expect(page.getByText(/not Google but http:\/\/127\.0\.0\.1/u)).toBeVisible();
    await page.getByRole('button', { name: 'Sign in with Google' }).click();
    await expect(page.getByText(/^Google Drive \(anna@example\.com\): Holdfast\//u)).toBeVisible();
    // Whoever looks at another form must not go on to Google unawares.
    await expect(next(page)).toBeEnabled();
    await page.getByRole('radio', { name: /^S3-compatible/u }).click();
    await expect(page.getByText(/^Google Drive \(anna@example\.com\)/u)).toBeHidden();
    await expect(next(page)).toBeDisabled();
    await page.getByRole('radio', { name: /^Google Drive/u }).click();
    await expect(next(page)).toBeDisabled();
    await page.getByRole('button', { name: 'Sign in with Google' }).click();
    const key = await finishSetUp(page);

    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: /^Details of/u }).click();
    await expect(page.getByText('anna@example.com', { exact: true })).toBeVisible();
    // With what the backup has just added.
    await expect(page.getByText(/free, [\d.]+ MB of 15 GB used/u)).toBeVisible();

    // Google ends the sign-in in the middle of a run: said, with the one thing to do, and the run waits.
    await page.getByRole('button', { name: 'Status' }).click();
    const before = await archivesOf(page);
    await page.getByRole('button', { name: 'Back up now' }).click();
    await expect(heading(page, /^Backing up/u)).toBeVisible();
    server.faults.revoked = true;
    server.accounts.endSessions();
    await expect(heading(page, 'The storage asks for a new sign-in')).toBeVisible({
      timeout: REMOTE_RUN_MS,
    });
    await expect(page.getByText('Paused until you have signed in again.').first()).toBeVisible();
    server.faults.revoked = false;
    // By somebody else first: that is another Drive.
    const anna = server.accounts.account;
    server.accounts.account = { ...anna, permissionId: '0002', emailAddress: 'bert@example.com' };
    await page.getByRole('button', { name: 'Sign in again' }).click();
    await expect(page.getByText('This is another Google account', { exact: false })).toBeVisible();
    server.accounts.account = anna;
    await page.getByRole('button', { name: 'Sign in again' }).click();
    // Nothing else is clicked: the same run ends with its archive.
    await expectProtected(page, REMOTE_RUN_MS);
    expect(await archivesOf(page)).toBe(before + 1);
    expect(server.store.duplicates()).toEqual([]);
    await app.close();

    const fresh = await launch({
      env: server.environment,
      keychain: other,
      userData: join(folders.root, 'another computer'),
    });
    await signInWhenAsked(fresh.app);
    await fresh.page.getByRole('button', { name: 'Restore from an existing backup' }).click();
    await fresh.page.getByRole('radio', { name: /^Google Drive/u }).click();
    await fresh.page.getByRole('button', { name: 'Sign in with Google' }).click();
    await expect(fresh.page.getByText('A backup was found')).toBeVisible();
    await next(fresh.page).click();
    await fresh.page.getByLabel('64-digit key or password', { exact: true }).fill(key);
    await fresh.page.getByRole('button', { name: 'Open the backup' }).click();
    await expect(heading(fresh.page, 'Archives')).toBeVisible();
    const target = join(folders.root, 'restored');
    mkdirSync(target);
    await restoreToFolder(fresh, target);
    await assertSameTree(folders.source, join(target, folders.source));

    // Let go: the app is as new, and what is stored stays.
    const stored = server.store.all().length;
    await fresh.page.getByRole('button', { name: 'Settings' }).click();
    await fresh.page.getByRole('button', { name: /^Details of/u }).click();
    await fresh.page.getByRole('button', { name: 'Disconnect…' }).click();
    await fresh.page.getByRole('checkbox', { name: /withdraw/u }).check();
    server.faults.tokenTrouble = true;
    await fresh.page.getByRole('button', { name: 'Disconnect', exact: true }).click();
    await expect(fresh.page.getByText('Google has not taken the permission back')).toBeVisible();
    server.faults.tokenTrouble = false;
    await fresh.page.getByRole('button', { name: 'Disconnect', exact: true }).click();
    await expect(fresh.page.getByRole('button', { name: 'Set up a backup' })).toBeVisible();
    expect(server.store.all()).toHaveLength(stored);
  } finally {
    await Promise.all([server.stop(), computer.stop(), other.stop()]);
  }
});

test('a sign-in can be cancelled, and refused', async ({ launch }) => {
  const server = await DriveServer.start();
  try {
    const running = await launch({ env: server.environment });
    const { app, page } = running;
    await app.evaluate(({ shell }) => {
      shell.openExternal = async () => undefined;
    });
    await toThePlace(running);
    await page.getByRole('radio', { name: /^Google Drive/u }).click();
    await page.getByRole('button', { name: 'Sign in with Google' }).click();
    await expect(page.getByText('Waiting for your browser…')).toBeVisible();
    await page.getByRole('button', { name: 'Cancel the sign-in' }).click();
    await expect(page.getByText('The sign-in was cancelled')).toBeVisible();
    await expect(next(page)).toBeDisabled();
  } finally {
    await server.stop();
  }
});

test('Google Drive: what makes a run wait is said in its own words, also while it opens the backup', async ({
  folders,
  launch,
}) => {
  test.setTimeout(300_000);
  makeSampleTree(folders.source);
  const server = await DriveServer.start();
  try {
    const running = await launch({ env: server.environment });
    const { app, page } = running;
    await signInWhenAsked(app);
    await toThePlace(running);
    await page.getByRole('radio', { name: /^Google Drive/u }).click();
    await page.getByRole('button', { name: 'Sign in with Google' }).click();
    await finishSetUp(page);

    const cancel = async (): Promise<void> => {
      await page.getByRole('button', { name: 'Cancel', exact: true }).click();
      await expect(page.getByRole('button', { name: 'Back up now' })).toBeEnabled({
        timeout: REMOTE_RUN_MS,
      });
    };
    server.faults.unavailable = 1;
    await page.getByRole('button', { name: 'Back up now' }).click();
    await expect(heading(page, 'The storage has trouble answering')).toBeVisible();
    server.faults.unavailable = 0;
    await cancel();

    const perDay = "Quota exceeded for quota metric 'Queries' and limit 'Queries per day'";
    for (const [refusal, title, advice] of [
      [
        { status: 403, reason: 'userRateLimitExceeded', message: 'User rate limit exceeded.' },
        'Google takes no more data today',
        'Go on tomorrow. Restoring works meanwhile.',
      ],
      [
        { status: 403, reason: 'rateLimitExceeded', message: perDay },
        'This app has used up its requests for today',
        'Go on tomorrow, or set up a client ID of your own.',
      ],
    ] as const) {
      server.faults.refuseWith = refusal;
      await page.getByRole('button', { name: 'Back up now' }).click();
      await expect(heading(page, title)).toBeVisible();
      await expect(page.getByText(advice)).toBeVisible();
      await expect(page.getByText(/^Holdfast tries again by itself: /u)).toBeVisible();
      server.faults.refuseWith = null;
      await cancel();
    }
    await app.close();
  } finally {
    await server.stop();
  }
});

test('S3-compatible storage: wrong keys are said, restic opens the bucket', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const server = await S3Server.start();
  try {
    const running = await launch();
    const { page } = running;
    await toThePlace(running);
    await page.getByRole('radio', { name: /^S3-compatible/u }).click();
    await page.getByLabel('Address').fill(server.endpoint);
    await page.getByLabel('Bucket', { exact: true }).fill(server.bucket);
    await page.getByLabel('Access key ID').fill(server.accessKeyId);
    await page.getByLabel('Secret access key').fill('not the right one');
    await page.getByRole('button', { name: 'Use this storage' }).click();
    await expect(page.getByText('The storage does not accept this access key')).toBeVisible();
    await page.getByLabel('Secret access key').fill(server.secretAccessKey);
    await page.getByRole('button', { name: 'Use this storage' }).click();
    await expect(page.getByText('This place can be used.')).toBeVisible();
    // What is written in the form and what is used are never two things.
    await page.getByLabel('Folder in it').fill('elsewhere');
    await expect(next(page)).toBeDisabled();
    await page.getByLabel('Folder in it').fill('holdfast');
    await page.getByLabel('Secret access key').fill(server.secretAccessKey);
    await page.getByRole('button', { name: 'Use this storage' }).click();
    const key = await finishSetUp(page);
    const restic = new Restic(`s3:${server.endpoint}/${server.bucket}/holdfast`, key, {
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    });
    await restic.check();
    await restic.restore('latest', join(folders.root, 'restored'));
    await assertSameTree(folders.source, join(folders.root, 'restored', folders.source));

    // The provider gave new keys: said, entered where it is said, and the run that waited goes on.
    server.faults.refuseWith = { status: 403, code: 'InvalidAccessKeyId' };
    await page.getByRole('button', { name: 'Back up now' }).click();
    // Answers to questions about one file carry no reason, so it is one of two sentences.
    const refused = page.getByText(/The storage does not (?:accept this access key|allow this)$/u);
    await expect(refused).toBeVisible();
    await page.getByLabel('Access key ID').fill(server.accessKeyId);
    await page.getByLabel('Secret access key').fill(server.secretAccessKey);
    await page.getByRole('button', { name: 'Use these keys' }).click();
    await expect(refused.nth(1)).toBeVisible();
    server.faults.refuseWith = null;
    await page.getByRole('button', { name: 'Use these keys' }).click();
    await expectProtected(page);

    // Before anything is refused, they can be entered on the page of the destination.
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Details of S3-compatible storage: holdfast' }).click();
    await page.getByText('Enter other keys…').click();
    server.addKeys('AKIAIOSFODNN7EXAMPLE', 'another secret of the same account');
    await page.getByLabel('Access key ID').fill('AKIAIOSFODNN7EXAMPLE');
    await page.getByLabel('Secret access key').fill('another secret of the same account');
    await page.getByRole('button', { name: 'Use these keys' }).click();
    await expect(page.getByLabel('Access key ID')).toHaveValue('');
    await page.getByRole('button', { name: 'Check this backup' }).click();
    await expect(page.getByText('No errors found')).toBeVisible();
    await running.app.close();
  } finally {
    await server.stop();
  }
});

test('iCloud Drive: found by itself, one folder a computer; off is said', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const drive = join(folders.root, 'iCloud Drive');
  mkdirSync(drive);
  const running = await launch({ env: { HOLDFAST_ICLOUD_DIR: drive } });
  const { page } = running;
  await toThePlace(running);
  await page.getByRole('radio', { name: /^iCloud Drive/u }).click();
  renameSync(drive, `${drive} off`);
  await page.getByRole('button', { name: 'Use iCloud Drive' }).click();
  await expect(page.getByText('iCloud Drive is not to be found on this computer')).toBeVisible();
  renameSync(`${drive} off`, drive);
  await page.getByRole('button', { name: 'Use iCloud Drive' }).click();
  await expect(page.getByText(join(drive, 'Holdfast'))).toBeVisible();
  await finishSetUp(page);
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: /^Details of/u }).click();
  await expect(page.getByText(/handed to iCloud Drive/u)).toBeVisible();
});

test('a disk that is away is waited for, and found under another name', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const { page } = running;
  await setUpWithKey(running, folders.destination);
  const away = `${folders.destination}-unplugged`;
  renameSync(folders.destination, away);
  writeFileSync(join(folders.source, 'new.txt'), 'made meanwhile');
  await page.getByRole('button', { name: 'Back up now' }).click();
  await expect(heading(page, 'Waiting for the disk')).toBeVisible();
  renameSync(away, folders.destination);
  await expectProtected(page);
  rmSync(join(folders.source, 'new.txt'));
});
