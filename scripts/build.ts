// Builds the app with Vite: main, engine host, preload, command line, page. `node scripts/build.ts [part ...]` builds some of them.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { build, type InlineConfig } from 'vite';
import { projectRoot } from './setup.mjs';

const isDevelopment = process.env['HOLDFAST_DEV'] === '1';
const out = join(projectRoot, 'out');

/** Native modules and Electron stay outside; all else goes into the bundle. */
const external = [/^node:/u, /^electron(?:\/|$)/u, 'keytar', 'koffi', 'sodium-native'];

/** Who Holdfast is to Google. Builds for distribution are made with it; others may do without. */
function builtGoogleClient(): Readonly<Record<string, string>> | null {
  const { HOLDFAST_GOOGLE_CLIENT_ID: clientId, HOLDFAST_GOOGLE_CLIENT_SECRET: clientSecret = '' } =
    process.env;
  return clientId === undefined || clientId === '' ? null : { clientId, clientSecret };
}

/** What is rarely needed, such as dictionaries and the PDF writer, stays in files of its own where `isSplit`. */
function program(
  entry: string,
  folder: string,
  file: string,
  format: 'es' | 'cjs',
  isSplit = false,
): InlineConfig {
  return {
    build: {
      ssr: entry,
      target: 'node24',
      outDir: join(out, folder),
      rolldownOptions: {
        external,
        output: {
          entryFileNames: file,
          chunkFileNames: '[name].js',
          format,
          codeSplitting: isSplit,
        },
      },
    },
    ssr: { noExternal: true, external: ['electron', 'keytar', 'koffi', 'sodium-native'] },
    define: { BUILT_GOOGLE_CLIENT: JSON.stringify(builtGoogleClient()) },
  };
}

const ARCHIVE_WORKER = 'electron/engine/backup/archive-worker.ts';
const CHECK_WORKER = 'electron/engine/repository/check-worker.ts';
const RESTORE_WORKER = 'electron/engine/restore/restore-worker.ts';

const parts: Readonly<Record<string, InlineConfig>> = {
  main: program('electron/main/main.ts', 'main', 'main.js', 'es', true),
  engine: program('electron/engine-host.ts', 'main', 'engine-host.js', 'es'),
  // The threads of a backup, of a restore and of a check, beside each program that runs the engine.
  'engine-worker': program(ARCHIVE_WORKER, 'main', 'archive-worker.js', 'es'),
  'engine-restore-worker': program(RESTORE_WORKER, 'main', 'restore-worker.js', 'es'),
  'engine-check-worker': program(CHECK_WORKER, 'main', 'check-worker.js', 'es'),
  preload: program('electron/preload/preload.ts', 'preload', 'preload.cjs', 'cjs'),
  cli: program('cli/holdfast.ts', 'cli', 'holdfast.js', 'es', true),
  'cli-worker': program(ARCHIVE_WORKER, 'cli', 'archive-worker.js', 'es'),
  'cli-restore-worker': program(RESTORE_WORKER, 'cli', 'restore-worker.js', 'es'),
  'cli-check-worker': program(CHECK_WORKER, 'cli', 'check-worker.js', 'es'),
  renderer: {
    root: join(projectRoot, 'renderer'),
    plugins: [react()],
    build: {
      outDir: join(out, 'renderer'),
      target: 'chrome146',
      emptyOutDir: true,
      assetsInlineLimit: 0,
      // Loaded from the disk, so one file is as good as many.
      chunkSizeWarningLimit: 2000,
    },
  },
};

/** DejaVu (free licence): the recovery kit can print nearly every name with it. */
function copyFonts(): void {
  mkdirSync(join(out, 'fonts'), { recursive: true });
  for (const name of ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf', 'DejaVuSansMono.ttf']) {
    const source = join(projectRoot, 'node_modules', 'dejavu-fonts-ttf', 'ttf', name);
    copyFileSync(source, join(out, 'fonts', name));
  }
}

const wanted = process.argv.slice(2);
if (wanted.length === 0) rmSync(out, { recursive: true, force: true });
for (const [name, config] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const startedMs = performance.now();
  await build({
    root: projectRoot,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    ...config,
    build: {
      emptyOutDir: false,
      sourcemap: isDevelopment,
      minify: !isDevelopment,
      reportCompressedSize: false,
      ...config.build,
    },
  });
  if (name === 'main') copyFonts();
  process.stdout.write(`built ${name} (${(performance.now() - startedMs).toFixed(0)} ms)\n`);
}
