import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
import { isRealElectron } from './harness/runtime.ts';

const jsonReport = process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'];

export default defineConfig({
  // The list ends with the counts.
  reporter: jsonReport === undefined ? 'list' : [['list'], ['json', { outputFile: jsonReport }]],
  outputDir: join(import.meta.dirname, '../test-results'),
  fullyParallel: true,
  forbidOnly: process.env['CI'] !== undefined,
  workers: 2,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  projects: [
    { name: 'app', testDir: 'specs' },
    // Where Electron is, nothing stands in for it.
    ...(isRealElectron ? [] : [{ name: 'host', testDir: 'chromium-host/testing' }]),
  ],
});
