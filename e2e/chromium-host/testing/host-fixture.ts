/** The harness's `test` on the fixture app. */
import { join } from 'node:path';
import type { ElectronApplication } from '@playwright/test';
import { test as base } from '../../harness/fixture.ts';
import './fixture-page.ts';

export { expect } from '../../harness/fixture.ts';

export const fixtureApp = join(import.meta.dirname, 'fixture-app');

export const test = base.extend({ appFolder: fixtureApp });

/** What happened in the main process, in order. */
export function events(app: ElectronApplication): Promise<string[]> {
  return app.evaluate(() => fixtureMain.events);
}
