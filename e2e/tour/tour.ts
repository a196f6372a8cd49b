/**
 * The guided tour: the real app, headless, on real files. Sets up, backs up, changes files, backs up again, restores, and lets restic check
 * it all. Leaves numbered screenshots and a summary in `tour/`. Ends with 1 when anything did not go as it should.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import {
  backUpNow,
  beginRestore,
  chooseWhatAndWhere,
  expectProtected,
  heading,
  next,
  pasteProof,
  readKey,
  startFirstBackup,
  tickEverything,
} from '../harness/flows.ts';
import { answerFolderPicker } from '../harness/folder-picker.ts';
import { withoutKeyring } from '../harness/keyring.ts';
import { Restic } from '../harness/restic.ts';
import { chooseRuntime, projectRoot, runtimeEnvironment } from '../harness/runtime.ts';
import { makeSampleTree } from '../harness/sample-tree.ts';
import { Screenshots } from '../harness/screenshot.ts';
import { finishSetUp, signInWhenAsked } from '../harness/storage-flows.ts';
import { DriveServer } from '../servers/drive/drive-server.ts';
import { folderEnvironment, makeTestFolders, removeTestFolders } from '../harness/test-folders.ts';
import { assertSameTree } from '../harness/tree.ts';

const output = join(projectRoot, 'tour');
const lines: string[] = [];

function say(text: string): void {
  lines.push(text);
  process.stdout.write(`tour: ${text}\n`);
}

/** The folder below `from` that holds the sample: archives keep the chain of folders above what was chosen. */
function sampleBelow(from: string): string {
  let path = from;
  while (!existsSync(join(path, 'letter.txt'))) {
    const [only = ''] = readdirSync(path);
    if (only === '') throw new Error(`The sample is not below ${from}`);
    path = join(path, only);
  }
  return path;
}

async function walk(page: Page, pictures: Screenshots, app: Parameters<typeof answerFolderPicker>[0]): Promise<void> {
  const running = { app, page, pid: app.process().pid ?? 0, log: () => '' };
  await heading(page, 'Backups that only you can open').waitFor();
  await pictures.take(page, 'welcome');
  await chooseWhatAndWhere(running, folders.destination);
  await pictures.take(page, 'protection');
  await next(page).click();
  const key = await readKey(page);
  await pictures.take(page, 'the-key');
  await next(page).click();
  await pasteProof(page, key);
  await pictures.take(page, 'proved');
  await next(page).click();
  await startFirstBackup(page);
  await expectProtected(page);
  await pictures.take(page, 'first-backup');
  say('set up with a 64-digit key, and backed the sample folder up');

  writeFileSync(join(folders.source, 'letter.txt'), 'Changed meanwhile.\n');
  writeFileSync(join(folders.source, 'new.txt'), 'New.\n');
  await backUpNow(page);
  await expectProtected(page);
  await pictures.take(page, 'second-backup');
  say('changed two files, and backed up again');

  await page.getByRole('button', { name: 'Archives', exact: true }).click();
  await page.getByRole('button', { name: /^Browse the archive/u }).first().waitFor();
  await pictures.take(page, 'archives');
  const target = join(folders.root, 'restored');
  mkdirSync(target);
  await beginRestore(page, async (tree) => {
    await tickEverything(tree);
    await pictures.take(page, 'restore-what');
  });
  await answerFolderPicker(app, [target]);
  await page.getByRole('button', { name: 'Choose folder…' }).click();
  await pictures.take(page, 'restore-where');
  await page.getByRole('button', { name: 'Continue' }).click();
  // It can be clicked once the preview is made.
  await page.getByRole('button', { name: 'Start restoring' }).click({ trial: true });
  await pictures.take(page, 'restore-preview');
  await page.getByRole('button', { name: 'Start restoring' }).click();
  await page.getByRole('heading', { name: 'Restored', exact: true }).waitFor({ timeout: 60_000 });
  await pictures.take(page, 'restored');
  await assertSameTree(folders.source, sampleBelow(target));
  say('restored everything to another folder: identical');

  await page.getByRole('button', { name: 'Settings' }).click();
  await pictures.take(page, 'settings');
  await page.getByRole('button', { name: /^Details of/u }).click();
  await page.getByText(/free, .* used/u).waitFor();
  await pictures.take(page, 'destination');

  const restic = new Restic(folders.destination, key);
  await restic.check();
  const judged = join(folders.root, 'restored by restic');
  await restic.restore('latest', judged);
  await assertSameTree(folders.source, join(judged, folders.source));
  const archives = (await restic.snapshots()).length;
  say(`restic, an independent program, checked all data, found ${String(archives)} archives and restored the last one: identical`);
}

/** Storage elsewhere: the forms of the wizard, a sign-in, a backup to the Drive of the tests, its page. */
async function walkElsewhere(page: Page, pictures: Screenshots, app: ElectronApplication): Promise<void> {
  await signInWhenAsked(app);
  await page.getByRole('navigation').getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Set up another backup…' }).click();
  await page.getByRole('checkbox', { name: 'Documents' }).check();
  await next(page).click();
  for (const [kind, name] of [
    ['icloud-drive', /^iCloud Drive/u],
    ['s3', /^S3-compatible/u],
    ['google-drive', /^Google Drive/u],
  ] as const) {
    await page.getByRole('radio', { name }).click();
    await pictures.take(page, `place-${kind}`);
  }
  await page.getByRole('button', { name: 'Sign in with Google' }).click();
  await page.getByText('This place can be used.').waitFor();
  await pictures.take(page, 'place-signed-in');
  await finishSetUp(page);
  await pictures.take(page, 'backed-up-to-google-drive');
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Details of Google Drive' }).click();
  await page.getByText(/free, .* used/u).waitFor();
  await pictures.take(page, 'destination-google-drive');
  await page.getByRole('button', { name: 'Disconnect…' }).click();
  await page.getByRole('checkbox', { name: /withdraw/u }).check();
  await pictures.take(page, 'disconnect');
  await page.getByRole('button', { name: 'Keep it' }).click();
  say('signed in to a Drive (one that plays Google’s on this computer), and backed the sample folder up there, too');
}

rmSync(output, { recursive: true, force: true });
const pictures = new Screenshots(output);
const folders = makeTestFolders();
const drive = await DriveServer.start();
drive.faults.quotaBytes = 15_000_000_000;
let failed = false;
try {
  makeSampleTree(folders.source);
  chooseRuntime();
  const app = await _electron.launch({
    args: ['.'],
    cwd: projectRoot,
    env: { ...runtimeEnvironment(), ...folderEnvironment(folders), ...withoutKeyring, ...drive.environment },
    colorScheme: null,
    artifactsDir: join(folders.root, 'playwright'),
  });
  try {
    const page = await app.firstWindow();
    await page.waitForURL((url) => !['about:', 'data:'].includes(url.protocol));
    await walk(page, pictures, app);
    await walkElsewhere(page, pictures, app);
  } finally {
    await app.close();
  }
} catch (error) {
  failed = true;
  say(`did not work: ${error instanceof Error ? error.message : String(error)}`);
} finally {
  await drive.stop();
  removeTestFolders(folders);
}
say(failed ? 'the tour stopped early' : 'everything went as it should');
const images = readdirSync(output).filter((name) => name.endsWith('.png'));
writeFileSync(
  join(output, 'summary.md'),
  `# Guided tour\n\n${lines.map((line) => `- ${line}`).join('\n')}\n\n${images.map((name) => `![${name}](${name})`).join('\n\n')}\n`,
);
process.stdout.write(`tour: ${String(images.length)} screenshots and summary.md are in ${output}\n`);
process.exit(failed ? 1 : 0);
