/** Backing up again and again, and everything that can come between. */
import { execFileSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from '../harness/fixture.ts';
import { engineProcessOf } from '../harness/engine-process.ts';
import { backUpNow, expectProtected, heading, setUpWithKey } from '../harness/flows.ts';
import { Restic } from '../harness/restic.ts';
import { addLargeFile, makeSampleTree } from '../harness/sample-tree.ts';

const MB = 1_000_000;

test('files that changed are in the next archive, and nothing is stored twice', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const key = await setUpWithKey(running, folders.destination);
  const restic = new Restic(folders.destination, key);
  writeFileSync(join(folders.source, 'letter.txt'), 'Changed.\n');
  writeFileSync(join(folders.source, 'new.txt'), 'New.\n');
  rmSync(join(folders.source, 'many', 'note-00003.txt'));
  await backUpNow(running.page);
  await expect(running.page.getByText(/1 new, 1 changed/u)).toBeVisible();
  await restic.check();
  const [first, second] = await restic.snapshots();
  expect(second?.parent).toBe(first?.id);
  const difference = await restic.run(['diff', first?.id ?? '', second?.id ?? '']);
  expect(difference).toMatch(/^M +\S*letter\.txt$/mu);
  expect(difference).toMatch(/^\+ +\S*new\.txt$/mu);
  expect(difference).toMatch(/^- +\S*note-00003\.txt$/mu);
});

test('a run can be paused, continued and cancelled; cancelling leaves no lock, and the next run goes on', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const { page } = running;
  const key = await setUpWithKey(running, folders.destination);
  addLargeFile(folders.source);
  await page.getByRole('button', { name: 'Back up now' }).click();
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(heading(page, 'Backup paused')).toBeVisible();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText(/The last backup was cancelled/u)).toBeVisible();
  const restic = new Restic(folders.destination, key);
  expect(await restic.run(['list', 'locks', '--no-lock'])).toBe('');
  await restic.check();
  expect(await restic.snapshots()).toHaveLength(1);
  await backUpNow(page);
  await expectProtected(page);
  expect(await restic.snapshots()).toHaveLength(2);
});

test('the engine is killed in the middle: nothing is lost, and the app goes on', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const { page } = running;
  const key = await setUpWithKey(running, folders.destination);
  addLargeFile(folders.source);
  await page.getByRole('button', { name: 'Back up now' }).click();
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
  process.kill(engineProcessOf(running.pid), 'SIGKILL');
  await expect(page.getByText(/The last backup was interrupted/u)).toBeVisible();
  await backUpNow(page);
  await expectProtected(page);
  const restic = new Restic(folders.destination, key);
  await restic.check();
  expect(await restic.snapshots()).toHaveLength(2);
});

test('quitting in the middle leaves no lock, and the next start says what happened', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const first = await launch({ keychain: 'gnome-keyring' });
  const key = await setUpWithKey(first, folders.destination);
  addLargeFile(folders.source);
  await first.page.getByRole('button', { name: 'Back up now' }).click();
  await expect(first.page.getByRole('button', { name: 'Pause' })).toBeVisible();
  await first.app.close();
  const restic = new Restic(folders.destination, key);
  expect(await restic.run(['list', 'locks', '--no-lock'])).toBe('');
  const { page } = await launch({ keychain: 'gnome-keyring' });
  await expect(page.getByText(/The last backup was interrupted/u)).toBeVisible();
  await backUpNow(page);
  await expectProtected(page);
  await restic.check();
});

test('a destination that is full: earlier archives are safe, and the next run works', async ({
  folders,
  launch,
}) => {
  test.skip(process.getuid?.() !== 0, 'only root may mount a small disk');
  makeSampleTree(folders.source, { bigFileBytes: 1_000_000 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folders.destination]);
  try {
    const running = await launch();
    const { page } = running;
    const key = await setUpWithKey(running, folders.destination);
    const large = join(folders.source, 'large.bin');
    writeFileSync(large, randomBytes(40 * MB));
    await backUpNow(page);
    await expect(page.getByText('The destination is full')).toBeVisible();
    const restic = new Restic(folders.destination, key);
    await restic.check();
    rmSync(large);
    // What the failed run stored takes room until it is pruned, so a little must still fit.
    execFileSync('mount', ['-o', 'remount,size=64m', folders.destination]);
    await backUpNow(page);
    await expectProtected(page);
    await restic.check();
    expect(await restic.snapshots()).toHaveLength(2);
    await running.app.close();
  } finally {
    execFileSync('umount', ['--lazy', folders.destination]);
  }
});

test('the window is reloaded in the middle: the run goes on and is shown', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const { app, page } = running;
  const key = await setUpWithKey(running, folders.destination);
  addLargeFile(folders.source);
  await page.getByRole('button', { name: 'Back up now' }).click();
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.reload());
  await expectProtected(page);
  expect(await new Restic(folders.destination, key).snapshots()).toHaveLength(2);
});

test('a destination that is gone is a state, not a failure', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const { page } = running;
  await setUpWithKey(running, folders.destination);
  const away = `${folders.destination}-unplugged`;
  renameSync(folders.destination, away);
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect(heading(page, 'The destination is not there')).toBeVisible();
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(page.getByText('It is still not there.')).toBeVisible();
  renameSync(away, folders.destination);
  await page.getByRole('button', { name: 'Look again' }).click();
  await expectProtected(page);
  await backUpNow(page);
  await expectProtected(page);
});

test('a folder that vanished is said, with what it means', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const { page } = running;
  await setUpWithKey(running, folders.destination);
  renameSync(folders.source, `${folders.source}-moved`);
  await backUpNow(page);
  await expect(page.getByText('A folder to back up is not there')).toBeVisible();
  await expect(page.getByText(/Archives from before it was gone still hold it/u)).toBeVisible();
});

test('another program’s lock is explained, and removed only when asked', async ({
  folders,
  launch,
}) => {
  makeSampleTree(folders.source);
  const running = await launch();
  const { page } = running;
  const key = await setUpWithKey(running, folders.destination);
  const restic = new Restic(folders.destination, key);
  await restic.holdExclusiveLock(async () => {
    await backUpNow(page);
    await expect(page.getByText('Another program is using this backup')).toBeVisible();
    await page.getByRole('button', { name: 'Unlock…' }).click();
    await expect(
      page.getByRole('dialog').getByRole('button', { name: 'Leave it locked' }),
    ).toBeFocused();
    await page.getByRole('button', { name: 'Leave it locked' }).click();
  });
  await page.getByRole('button', { name: 'Unlock…' }).click();
  await page.getByRole('button', { name: 'Unlock and back up' }).click();
  await expectProtected(page);
  await restic.check();
});

test('a destination inside a source leaves itself out and says so', async ({ folders, launch }) => {
  makeSampleTree(folders.source);
  const inside = join(folders.source, 'backup here');
  const running = await launch();
  const key = await setUpWithKey(running, inside);
  await expect(running.page.getByText('What was left out')).toBeVisible();
  await running.page.getByText('What was left out').click();
  await expect(running.page.getByText(/This is the backup itself/u)).toBeVisible();
  const files = await new Restic(inside, key).run(['ls', 'latest']);
  expect(files).toContain('letter.txt');
  expect(files).not.toContain('backup here');
});
