// `npm run pack`: makes a directory build from a stub distribution (Electron's binary is not needed), looks at what
// is inside, and starts the packed app once on the Chromium host. It proves that `files` lacks nothing and leaks nothing.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { extractAll, listPackage } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { _electron } from 'playwright';
import { node24, projectRoot } from './setup.mjs';

const work = mkdtempSync(join(tmpdir(), 'holdfast-package-'));
const problems: string[] = [];
const expect = (holds: boolean, otherwise: string): void => {
  if (!holds) problems.push(otherwise);
};

/** Marks the place in Electron's binary where the fuses are; nine fuses, all off, as version 1. */
const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';

function makeStubDistribution(): string {
  const stub = join(work, 'stub');
  mkdirSync(join(stub, 'locales'), { recursive: true });
  mkdirSync(join(stub, 'resources'));
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'locales/en-US.pak', 'chrome-sandbox']) {
    writeFileSync(join(stub, name), '');
  }
  writeFileSync(join(stub, 'version'), '45.4.1');
  const executable = join(stub, 'electron');
  writeFileSync(executable, `#!/bin/sh\n# ${FUSE_SENTINEL}\u0001\u0009000000000\n`, 'latin1');
  chmodSync(executable, 0o755);
  return stub;
}

function build(stub: string): string {
  const output = join(work, 'release');
  const result = spawnSync(
    node24(),
    [
      join(projectRoot, 'node_modules', 'electron-builder', 'cli.js'),
      '--linux',
      'dir',
      '--publish',
      'never',
      `-c.electronDist=${stub}`,
      `-c.directories.output=${output}`,
    ],
    { cwd: projectRoot, encoding: 'utf8' },
  );
  if (result.status !== 0)
    throw new Error(`electron-builder failed:\n${result.stdout}${result.stderr}`);
  return join(output, 'linux-unpacked');
}

function checkContents(unpacked: string): void {
  const files = listPackage(join(unpacked, 'resources', 'app.asar'), { isPack: false }).map(
    (path) => path.replaceAll('\\', '/'),
  );
  for (const needed of [
    '/package.json',
    '/out/main/main.js',
    '/out/main/engine-host.js',
    '/out/main/archive-worker.js',
    '/out/main/check-worker.js',
    '/out/main/restore-worker.js',
    '/out/preload/preload.cjs',
    '/out/renderer/index.html',
    '/out/fonts/DejaVuSans.ttf',
    '/build/icon.png',
    '/node_modules/keytar/lib/keytar.js',
    '/node_modules/koffi/index.js',
    '/node_modules/sodium-native/index.js',
  ]) {
    expect(files.includes(needed), `missing in the package: ${needed}`);
  }
  const allowedFolders =
    /^\/(?:out|node_modules)(?:$|\/(?:main|preload|renderer|fonts|keytar|koffi|@koromix|sodium-native|require-addon|bare-[a-z-]+|which-runtime)(?:$|\/))/u;
  const others = new Set(['/package.json', '/build', '/build/icon.png']);
  for (const file of files) {
    expect(others.has(file) || allowedFolders.test(file), `should not be packed: ${file}`);
    expect(!/\.(?:ts|tsx|map|cc|hh|md)$|\.test\./u.test(file), `source in the package: ${file}`);
  }
  const natives = readdirSync(join(unpacked, 'resources', 'app.asar.unpacked'), { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('.node'));
  for (const name of ['keytar.node', 'koffi.node', 'sodium-native.node']) {
    expect(
      natives.some((path) => path.endsWith(name)),
      `not unpacked beside the archive: ${name}`,
    );
  }
  process.stdout.write(
    `package: ${String(files.length)} entries, ${String(natives.length)} native modules unpacked\n`,
  );
}

async function checkFuses(unpacked: string): Promise<void> {
  const wire = await getCurrentFuseWire(join(unpacked, 'holdfast'));
  const wanted: readonly (readonly [fuse: FuseV1Options, state: FuseState])[] = [
    [FuseV1Options.RunAsNode, FuseState.DISABLE],
    [FuseV1Options.EnableCookieEncryption, FuseState.ENABLE],
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable, FuseState.DISABLE],
    [FuseV1Options.EnableNodeCliInspectArguments, FuseState.DISABLE],
    [FuseV1Options.EnableEmbeddedAsarIntegrityValidation, FuseState.ENABLE],
    [FuseV1Options.OnlyLoadAppFromAsar, FuseState.ENABLE],
    [FuseV1Options.GrantFileProtocolExtraPrivileges, FuseState.DISABLE],
  ];
  for (const [fuse, state] of wanted) {
    expect(wire[fuse] === state, `fuse ${FuseV1Options[fuse]} is not as electron-builder.yml says`);
  }
}

/** The packed files alone must carry a window up to its first heading. */
async function smokeTest(unpacked: string): Promise<void> {
  const extracted = join(work, 'extracted');
  extractAll(join(unpacked, 'resources', 'app.asar'), extracted);
  // Read in this process: Electron's own launcher looks here for the binary.
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] = join(projectRoot, 'e2e', 'chromium-host', 'dist');
  const app = await _electron.launch({
    args: [extracted],
    cwd: projectRoot,
    env: {
      ...(process.env as Record<string, string>),
      HOLDFAST_HOST_NODE: node24(),
      HOLDFAST_USER_DATA: join(work, 'user-data'),
    },
  });
  const page = await app.firstWindow();
  await page.locator('h1').first().waitFor({ timeout: 30_000 });
  process.stdout.write(
    `package: starts, and says "${await page.locator('h1').first().innerText()}"\n`,
  );
  await app.close();
}

try {
  const unpacked = build(makeStubDistribution());
  checkContents(unpacked);
  await checkFuses(unpacked);
  await smokeTest(unpacked);
} catch (error) {
  problems.push(error instanceof Error ? error.message : String(error));
} finally {
  if (existsSync(work)) rmSync(work, { recursive: true, force: true });
}
for (const problem of problems) process.stdout.write(`package: ${problem}\n`);
process.exit(problems.length === 0 ? 0 : 1);
