/**
 * After all flows with secrets: no file that the app or its children have written, no command line and no environment holds the key in any
 * spelling, the password, or what is derived of them, except the files that the person asked for.
 */
import { randomBytes, scryptSync } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '../harness/fixture.ts';
import { backUpNow, heading, next, openKeys, PASSWORD, setUpWithKey } from '../harness/flows.ts';
import { answerSaveDialog } from '../harness/folder-picker.ts';
import { makeSampleTree } from '../harness/sample-tree.ts';
import { findIn, traceInto, type Needle, type Tracer } from '../harness/traced-app.ts';
import type { TestFolders } from '../harness/test-folders.ts';
import { finishSetUp, signInWhenAsked, toThePlace } from '../harness/storage-flows.ts';
import type { PageApi } from '../../shared/ipc/page-api.ts';
import { DriveServer } from '../servers/drive/drive-server.ts';
import { S3Server } from '../servers/s3/s3-server.ts';
import type { Page } from '@playwright/test';

/** The digits of base64 that stand for these bytes alone, wherever in a longer text they begin. */
function base64Alignments(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const ownBits = (before + bytes.length) * 8;
    // The first and the last digit may hold bits of the neighbours, too.
    const standard = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(ownBits / 6));
    return [standard, standard.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function needlesOf(name: string, texts: readonly string[], raw: readonly Buffer[]): Needle[] {
  const spelled = texts.flatMap((text, index) => [
    { name: `${name}, spelling ${String(index)}`, bytes: Buffer.from(text, 'utf8') },
    { name: `${name}, spelling ${String(index)}, UTF-16`, bytes: Buffer.from(text, 'utf16le') },
  ]);
  return [...spelled, ...raw.map((bytes) => ({ name: `${name}, raw`, bytes }))];
}

function spellingsOfBytes(name: string, bytes: Buffer): Needle[] {
  const hex = bytes.toString('hex');
  return needlesOf(name, [hex, hex.toUpperCase(), ...base64Alignments(bytes)], [bytes]);
}

function spellingsOfKey(name: string, key: string): Needle[] {
  const groups = key.match(/.{1,4}/gu) ?? [];
  const texts = [groups.join(' '), groups.join('-'), groups.join('\n')];
  return [
    ...spellingsOfBytes(name, Buffer.from(key, 'hex')),
    ...needlesOf(`${name} as text`, [...texts, ...base64Alignments(Buffer.from(key))], []),
  ];
}

function spellingsOfPassword(name: string, password: string): Needle[] {
  return needlesOf(name, [password, ...base64Alignments(Buffer.from(password))], []);
}

/** What opens each slot of the repository without the secret, derived as restic does it. */
function slotKeys(repository: string, secret: string): Needle[] {
  return readdirSync(join(repository, 'keys')).flatMap((id) => {
    const { N, r, p, salt } = JSON.parse(readFileSync(join(repository, 'keys', id), 'utf8')) as {
      readonly [cost in 'N' | 'r' | 'p']: number;
    } & { readonly salt: string };
    const limits = { N, r, p, maxmem: 512 * 1024 * 1024 };
    const derived = scryptSync(secret, Buffer.from(salt, 'base64'), 64, limits);
    return spellingsOfBytes('the derived bytes of a slot', derived);
  });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/**
 * While it runs: Chromium's profile goes with it. The whole private world of the test besides, less the test's own records and the person's
 * files.
 */
async function filesOf(
  tracer: Tracer,
  folders: TestFolders,
  outside: string,
): Promise<ReadonlySet<string>> {
  const files = new Set([...(await tracer.writtenFiles()), ...filesBelow(folders.root)]);
  for (const own of [outside, folders.source, join(folders.root, 'playwright')]) {
    for (const file of files) if (file.startsWith(own)) files.delete(file);
  }
  for (const known of [/settings\.json$/u, /jobs\.json$/u, /\/logs\//u, /holdfast-host-/u]) {
    const isSearched = [...files].some((file) => known.test(file));
    expect(isSearched, String(known)).toBe(true);
  }
  return files;
}

/** All that the page shows, holds in its fields and is told. */
async function allOfThePage(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const { holdfast } = globalThis as unknown as {
      readonly holdfast: Pick<PageApi, 'app' | 'jobs'>;
    };
    const fields = [...document.querySelectorAll('input')].map(({ value }) => value);
    const told = [await holdfast.app.state({}), await holdfast.jobs.list({})];
    return JSON.stringify([document.documentElement.outerHTML, fields, told]);
  });
}

test('no sign-in to a storage is left where nobody asked for it', async ({ folders, launch }) => {
  test.setTimeout(400_000);
  makeSampleTree(folders.source, { bigFileBytes: 100_000 });
  const outside = join(folders.root, 'trace');
  mkdirSync(outside);
  const tracer = traceInto(outside);
  const drive = await DriveServer.start();
  const bucket = await S3Server.start();
  const s3Secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYzEXAMPLEKEY';
  bucket.addKeys('AKIAIOSFODNN7EXAMPLE', s3Secret);
  try {
    const running = await launch({
      keychain: 'gnome-keyring',
      executable: tracer.executable,
      env: drive.environment,
    });
    const { app, page } = running;
    await signInWhenAsked(app);
    await toThePlace(running);
    await page.getByRole('radio', { name: /^Google Drive/u }).click();
    await page.getByRole('button', { name: 'Sign in with Google' }).click();
    await finishSetUp(page);

    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Set up another backup…' }).click();
    await page.getByRole('checkbox', { name: 'Documents' }).check();
    await next(page).click();
    await page.getByRole('radio', { name: /^S3-compatible/u }).click();
    await page.getByLabel('Address').fill(bucket.endpoint);
    await page.getByLabel('Bucket', { exact: true }).fill(bucket.bucket);
    await page.getByLabel('Access key ID').fill('AKIAIOSFODNN7EXAMPLE');
    await page.getByLabel('Secret access key').fill(s3Secret);
    await page.getByRole('button', { name: 'Use this storage' }).click();
    await expect(page.getByText('This place can be used.')).toBeVisible();
    const needles = (): Needle[] => [
      ...spellingsOfPassword('the secret of S3', s3Secret),
      ...drive.accounts.handedOut.flatMap((token, at) =>
        spellingsOfPassword(`token or code ${String(at)} of Google`, token),
      ),
    ];
    const leaksOfPage = async (): Promise<string[]> => {
      const bytes = await allOfThePage(page);
      return needles()
        .filter((needle) => bytes.includes(needle.bytes.toString('utf8')))
        .map(({ name }) => name);
    };
    // Once it was used it is gone from its field.
    expect(await leaksOfPage()).toEqual([]);
    await finishSetUp(page);
    await page.getByRole('button', { name: 'Settings' }).click();
    await page
      .getByRole('button', { name: /^Details of/u })
      .first()
      .click();
    await expect(page.getByText('anna@example.com', { exact: true })).toBeVisible();

    expect(drive.accounts.handedOut.length).toBeGreaterThan(2);
    expect(await leaksOfPage()).toEqual([]);
    expect(running.log()).not.toContain(s3Secret);
    for (const token of drive.accounts.handedOut) expect(running.log()).not.toContain(token);
    expect(findIn(await filesOf(tracer, folders, outside), needles())).toEqual([]);
    await app.close();
    expect(await tracer.leaks(needles())).toEqual([]);
  } finally {
    await Promise.all([drive.stop(), bucket.stop()]);
  }
  rmSync(outside, { recursive: true });
});

test('the search knows base64 at every alignment', () => {
  const secret = randomBytes(32);
  for (const before of [0, 1, 2]) {
    for (const after of [0, 1, 2]) {
      const text = Buffer.concat([randomBytes(before), secret, randomBytes(after)]);
      for (const encoding of ['base64', 'base64url'] as const) {
        const encoded = text.toString(encoding);
        expect(base64Alignments(secret).some((needle) => encoded.includes(needle))).toBe(true);
      }
    }
  }
});

test('no secret is left where nobody asked for it', async ({ folders, launch }) => {
  test.setTimeout(300_000);
  makeSampleTree(folders.source, { bigFileBytes: 100_000 });
  const outside = join(folders.root, 'trace');
  const exported = join(folders.root, 'exported');
  const programs = join(folders.root, 'programs');
  for (const folder of [outside, exported, programs]) mkdirSync(folder);
  for (const program of ['op', 'bw']) {
    const file = join(programs, program);
    writeFileSync(file, '#!/bin/sh\ncat > /dev/null\n');
    chmodSync(file, 0o755);
  }
  const tracer = traceInto(outside);
  const running = await launch({
    keychain: 'gnome-keyring',
    executable: tracer.executable,
    env: { PATH: `${programs}:${process.env['PATH'] ?? ''}` },
  });
  const { app, page } = running;
  const key = await setUpWithKey(running, folders.destination);
  const needles = [
    ...spellingsOfKey('the key', key),
    ...spellingsOfPassword('the password', PASSWORD),
    ...slotKeys(folders.destination, key),
  ];

  await openKeys(page);
  await page.getByRole('button', { name: /^Show the key/u }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Show the key' }).click();
  await dialog.getByRole('button', { name: 'Copy the key' }).click();
  await dialog.getByRole('button', { name: 'Hide and close' }).click();

  const plain = join(exported, 'asked-for.csv');
  for (const [manager, path] of [
    ['Firefox', plain],
    ['KeePass, KeePassXC, Strongbox', join(exported, 'encrypted.kdbx')],
    ['Bitwarden', join(exported, 'encrypted.json')],
  ] as const) {
    await answerSaveDialog(app, path);
    await page.getByRole('button', { name: /^Put the key into/u }).click();
    await dialog.getByLabel('Password manager').selectOption({ label: manager });
    if (path !== plain) {
      await dialog.getByLabel('A password for this file').fill('only for this file');
      await dialog.getByLabel('The same, once more').fill('only for this file');
    }
    await dialog.getByRole('button', { name: 'Save the file…' }).click();
    await expect(dialog.getByText('The file was written')).toBeVisible();
    await dialog.getByRole('button', { name: 'Close', exact: true }).click();
  }
  for (const manager of ['1Password', 'Bitwarden']) {
    await page.getByRole('button', { name: /^Put the key into/u }).click();
    await dialog.getByLabel('Password manager').selectOption({ label: manager });
    await dialog.getByRole('radio', { name: /^Hand over/u }).check();
    await dialog.getByRole('button', { name: 'Hand over' }).click();
    await expect(dialog.getByText('The entry was handed over.')).toBeVisible();
    await dialog.getByRole('button', { name: 'Close', exact: true }).click();
  }

  await page.evaluate(() => {
    // No printer here.
    window.print = () => undefined;
  });
  await page.getByRole('button', { name: /^Recovery kit/u }).click();
  const kit = join(exported, 'kit.pdf');
  await answerSaveDialog(app, kit);
  await dialog.getByRole('button', { name: 'Save as PDF…' }).click();
  await expect(dialog.getByText(`Saved as ${kit}`)).toBeVisible();
  await dialog.getByRole('button', { name: 'Print…' }).click();
  await expect(page.getByTestId('recovery-kit')).toHaveCount(1);
  await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
  await expect(page.getByTestId('recovery-kit')).toHaveCount(0);
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: /^Check that it is/u }).click();
  await dialog.getByLabel('Paste the key', { exact: true }).fill(key);
  await dialog.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(dialog.getByText('It is the right one.', { exact: false })).toBeVisible();
  await dialog.getByRole('button', { name: 'Close', exact: true }).click();

  await page.getByRole('button', { name: /^Change it/u }).click();
  await page.getByRole('radio', { name: /^Password/u }).check();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await next(page).click();
  await next(page).click();
  await page.getByLabel('Password, once more').fill(PASSWORD);
  await next(page).click();
  await page.getByRole('button', { name: 'Change it now' }).click();
  await expect(heading(page, 'Keys')).toBeVisible();
  needles.push(...slotKeys(folders.destination, PASSWORD));

  const withPassword = join(exported, 'asked-for-with-password.csv');
  for (const [manager, path] of [
    ['Firefox', withPassword],
    ['KeePass, KeePassXC, Strongbox', join(exported, 'encrypted-with-password.kdbx')],
  ] as const) {
    await answerSaveDialog(app, path);
    await page.getByRole('button', { name: /^Put the entry into/u }).click();
    await dialog.getByLabel('Password manager').selectOption({ label: manager });
    await dialog.getByLabel('Password of the backup (optional)').fill(PASSWORD);
    if (path !== withPassword) {
      await dialog.getByLabel('A password for this file').fill('only for this file');
      await dialog.getByLabel('The same, once more').fill('only for this file');
    }
    await dialog.getByRole('button', { name: 'Save the file…' }).click();
    await expect(dialog.getByText('The file was written')).toBeVisible();
    await dialog.getByRole('button', { name: 'Close', exact: true }).click();
  }
  await backUpNow(page);

  const files = await filesOf(tracer, folders, outside);
  const askedFor = [plain, withPassword];
  expect(
    findIn(files, needles).filter((leak) => !askedFor.some((file) => leak.endsWith(` in ${file}`))),
  ).toEqual([]);
  // The search itself finds what is there.
  for (const file of askedFor) expect(findIn([file], needles)).not.toEqual([]);
  await app.close();
  const leaks = await tracer.leaks(needles);
  expect(leaks.filter((leak) => leak.includes(exported))).not.toEqual([]);
  expect(leaks.filter((leak) => !leak.includes(exported))).toEqual([]);
  rmSync(outside, { recursive: true });
});
