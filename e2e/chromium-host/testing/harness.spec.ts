import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from '@playwright/test';
import { startKeyring } from '../../harness/keyring.ts';
import { projectRoot } from '../../harness/runtime.ts';
import { Screenshots } from '../../harness/screenshot.ts';
import { expect, test } from './host-fixture.ts';

/** Keeps a secret in the keychain that the main process finds, or tells why not. */
function keep(app: ElectronApplication, secret: string): Promise<string> {
  return app.evaluate(
    async (_electron, [from, text]) => {
      const { createRequire } = process.getBuiltinModule('node:module');
      const keytar = createRequire(from)('keytar') as typeof import('keytar');
      const before = await keytar.getPassword('fixture', 'me').catch(() => 'no keychain');
      if (before !== 'no keychain') await keytar.setPassword('fixture', 'me', text);
      return before ?? 'empty';
    },
    [join(projectRoot, 'package.json'), secret] as const,
  );
}

test('the keychain is away, the same for all launches, or another computer’s', async ({
  launch,
  folders,
}) => {
  const userData = (name: string): string => join(folders.root, name);
  const without = await launch();
  expect(await keep(without.app, 'a')).toBe('no keychain');
  const first = await launch({ keychain: 'gnome-keyring', userData: userData('first') });
  expect(await keep(first.app, 'b')).toBe('empty');
  const second = await launch({ keychain: 'gnome-keyring', userData: userData('second') });
  expect(await keep(second.app, 'c')).toBe('b');
  const keychain = await startKeyring();
  const elsewhere = await launch({ keychain, userData: userData('third') });
  expect(await keep(elsewhere.app, 'd')).toBe('empty');
  await elsewhere.app.close();
  await keychain.stop();
});

test('screenshots are numbered, and light or dark', async ({ launch, folders }) => {
  const { page } = await launch();
  const screenshots = new Screenshots(join(folders.root, 'screenshots'));
  const first = await screenshots.take(page, 'start');
  expect(first).toMatch(/01-start\.png$/u);
  const [light = '', dark = ''] = await screenshots.takeLightAndDark(page, 'page');
  expect(light).toMatch(/02-page-light\.png$/u);
  expect(dark).toMatch(/02-page-dark\.png$/u);
  expect(readFileSync(light).equals(readFileSync(first))).toBe(true);
  expect(readFileSync(dark).equals(readFileSync(light))).toBe(false);
});

// These two fail, as they must: else nobody would hear of what the page complains of.
test.describe('a test fails', () => {
  test.fail();

  test('when its page logs an error', async ({ launch }) => {
    const { page } = await launch();
    await page.evaluate(() => console.error('unexpected'));
  });

  test('when nobody catches an exception of its page', async ({ launch }) => {
    const { page } = await launch();
    await page.evaluate(() => setTimeout(() => window.fixture.fail()));
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  });
});
