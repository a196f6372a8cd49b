// Builds the app with Vite: main, engine host, preload, command line, page. `node scripts/build.ts [part ...]` builds some of them.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { build, type InlineConfig } from 'vite';
import { projectRoot } from './setup.mjs';

const isDevelopment = process.env['HOLDFAST_DEV'] === '1';
const out = join(projectRoot, 'out');

/** Native modules and Electron stay outside; all else goes into the bundle. */
const external = [/^node:/u, /^electron(?:\/|$)/u, 'keytar', 'koffi'];

function program(entry: string, folder: string, file: string, format: 'es' | 'cjs'): InlineConfig {
  return {
    build: {
      ssr: entry,
      target: 'node24',
      outDir: join(out, folder),
      rolldownOptions: { external, output: { entryFileNames: file, format, codeSplitting: false } },
    },
    ssr: { noExternal: true, external: ['electron', 'keytar', 'koffi'] },
  };
}

const parts: Readonly<Record<string, InlineConfig>> = {
  main: program('electron/main/main.ts', 'main', 'main.js', 'es'),
  engine: program('electron/engine-host.ts', 'main', 'engine-host.js', 'es'),
  preload: program('electron/preload/preload.ts', 'preload', 'preload.cjs', 'cjs'),
  cli: program('cli/holdfast.ts', 'cli', 'holdfast.js', 'es'),
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
  process.stdout.write(`built ${name} (${(performance.now() - startedMs).toFixed(0)} ms)\n`);
}
