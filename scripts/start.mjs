// `npm start`: sets up what is missing, then opens the app on Electron, or on the Chromium host where Electron's
// binary cannot be had. Without a display it runs the guided tour instead.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { becomeNode24, node24, node24Environment, projectRoot, say, setUp } from './setup.mjs';

const electronDirectory = join(projectRoot, 'node_modules', 'electron');
const RETRY_DOWNLOAD_AFTER_MS = 24 * 60 * 60 * 1000;

setUp();
if (hasDisplay()) startApp(process.argv.slice(2));
else {
  say('There is no display here, so this is the guided tour instead of the window (npm run tour).');
  becomeNode24(['e2e/tour/tour.ts']);
}

function hasDisplay() {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
}

/** @param {string[]} args */
function startApp(args) {
  const launcher = join(electronDirectory, 'cli.js');
  if (electronIsThere() || fetchElectron()) {
    say('Starting on Electron.');
    // Chromium refuses to run as root with its sandbox.
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    becomeNode24([launcher, '.', ...asRoot, ...args]);
  }
  say(
    "Electron's binary is not available, so this starts on the Chromium host, a stand-in for development.",
  );
  becomeNode24([launcher, '.', ...args], {
    ELECTRON_OVERRIDE_DIST_PATH: join(projectRoot, 'e2e', 'chromium-host', 'dist'),
    HOLDFAST_HOST_NODE: node24(),
    HOLDFAST_HEADED: '1',
  });
}

/** Electron's installer writes this file when its binary is complete. */
function electronIsThere() {
  const pathFile = join(electronDirectory, 'path.txt');
  if (!existsSync(pathFile)) return false;
  return existsSync(join(electronDirectory, 'dist', readFileSync(pathFile, 'utf8').trim()));
}

/** One attempt a day, so that a start without network stays quick. */
function fetchElectron() {
  const marker = join(projectRoot, 'node_modules', '.cache', 'holdfast', 'electron-not-available');
  if (existsSync(marker) && Date.now() - statSync(marker).mtimeMs < RETRY_DOWNLOAD_AFTER_MS)
    return false;
  say("Downloading Electron's binary (once)");
  const result = spawnSync(node24(), [join(electronDirectory, 'install.js')], {
    cwd: projectRoot,
    env: node24Environment(),
    stdio: ['ignore', 'ignore', 'ignore'],
    timeout: 10 * 60 * 1000,
  });
  if (result.status === 0 && electronIsThere()) return true;
  mkdirSync(join(marker, '..'), { recursive: true });
  writeFileSync(marker, 'tried\n');
  return false;
}
