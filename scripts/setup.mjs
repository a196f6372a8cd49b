// Everything a fresh machine needs, and only what is missing: system packages, npm packages (Node 24 among
// them), the built app. Runs on Node 20 without any dependency; a second run costs a fraction of a second.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('..', import.meta.url));

/** What each Debian package is for. Only the missing ones are installed. */
const debianPackages = {
  chromium: 'window for development and tests where Electron cannot be downloaded',
  'fonts-dejavu-core': 'a font for that window',
  xvfb: 'a screen for tests on real Electron',
  xauth: 'needed by xvfb-run',
  restic: 'the independent judge of every backup written by the tests',
  dbus: 'private message bus for the keychain tests',
  'gnome-keyring': 'real keychain for the keychain tests',
  keepassxc: 'reads exported KeePass databases back in the tests',
  'zbar-tools': 'reads the QR code of the recovery kit back in the tests',
  'poppler-utils': 'reads the text of the recovery kit back in the tests',
  rclone: "restic's way to Google Drive, in the tests",
  openssl: 'a certificate for the stand-in that rclone talks to',
  strace: 'the leak test follows every file that is written',
  'libsecret-1-dev': 'keychain library that keytar is built against',
  'pkg-config': 'finds that library',
  python3: 'builds keytar',
  make: 'builds keytar',
  'g++': 'builds keytar',
};

/** A real distributed store for the long tests alone: `npm run test:full` installs it. */
const longTestPackages = {
  'ceph-mon': 'monitor of a Ceph on the loopback',
  'ceph-osd': 'its storage',
  radosgw: 'its S3 gateway',
};

/** For `npm run bench` alone, which installs them. */
const benchPackages = {
  borgbackup: 'the other program that people would use',
  time: 'CPU time and peak memory of a command, as the kernel counts them',
};

const nodeName = process.platform === 'win32' ? 'node.exe' : 'node';
const node24Path = join(projectRoot, 'node_modules', 'node', 'bin', nodeName);
const stampDirectory = join(projectRoot, 'node_modules', '.cache', 'holdfast');

/** Path of the project's own Node 24. */
export function node24() {
  if (!existsSync(node24Path)) fail(`Node 24 is missing at ${node24Path}. Run: npm run setup`);
  return node24Path;
}

/** Environment in which `node` is the project's Node 24. */
export function node24Environment() {
  const separator = process.platform === 'win32' ? ';' : ':';
  const binaries = join(projectRoot, 'node_modules', '.bin');
  return { ...process.env, PATH: `${binaries}${separator}${process.env['PATH'] ?? ''}` };
}

/**
 * Runs a script of the project under its own Node 24, and ends with that script's exit code.
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} [environment]
 * @returns {never}
 */
export function becomeNode24(args, environment = {}) {
  const result = spawnSync(node24(), args, {
    cwd: projectRoot,
    env: { ...node24Environment(), ...environment },
    stdio: 'inherit',
  });
  if (result.error) fail(String(result.error));
  process.exit(result.status ?? 1);
}

/**
 * Does all that is missing; says one line for each thing it does, nothing when all is there.
 * @param {{ readonly forLongTests?: boolean, readonly forBench?: boolean }} [options]
 */
export function setUp({ forLongTests = false, forBench = false } = {}) {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < 20) fail(`Node 20 or newer is needed to start; this is ${process.version}.`);
  installSystemPackages([
    ...Object.keys(debianPackages),
    ...(forLongTests ? Object.keys(longTestPackages) : []),
    ...(forBench ? Object.keys(benchPackages) : []),
  ]);
  installNpmPackages();
  buildWhatIsStale();
}

/** @param {readonly string[]} wanted */
function installSystemPackages(wanted) {
  if (process.platform !== 'linux') {
    explainOtherSystem();
    return;
  }
  if (!existsSync('/usr/bin/dpkg-query')) {
    explainOtherLinux();
    return;
  }
  const missing = wanted.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const command = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) {
    fail(
      `These Debian packages are missing. Install them, then run this again:\n\n  sudo sh -c '${command}'\n`,
    );
  }
  say(`Installing Debian packages: ${missing.join(', ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-q'], environment);
  run('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...missing], environment);
}

/** @param {string} name */
function isInstalled(name) {
  const answer = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Abbrev}', name], {
    encoding: 'utf8',
  });
  return answer.status === 0 && answer.stdout.startsWith('ii');
}

function explainOtherSystem() {
  if (spawnSync('restic', ['version']).status === 0) return;
  const how =
    process.platform === 'darwin' ? 'brew install restic' : 'winget install restic.restic';
  say(`restic was not found. The app runs without it; the tests need it: ${how}`);
}

function explainOtherLinux() {
  const needed = [
    'chromium',
    'restic',
    'dbus-run-session',
    'gnome-keyring-daemon',
    'pkg-config',
    'g++',
    'make',
    'python3',
  ];
  const missing = needed.filter(
    (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0,
  );
  if (missing.length === 0) return;
  say(
    `Not a Debian system, so nothing was installed by this script. Not found: ${missing.join(', ')}.\n` +
      'Install them, and the development files of libsecret, with your package manager.',
  );
}

function installNpmPackages() {
  const lock = readFileSync(join(projectRoot, 'package-lock.json'));
  const wanted = createHash('sha256')
    .update(lock)
    .update(process.platform)
    .update(process.arch)
    .digest('hex');
  if (readStamp('npm') === wanted && existsSync(node24Path)) return;
  say('Installing npm packages (npm ci)');
  const environment = { ...process.env };
  // keytar is compiled here, and would download Node's headers although the system has them.
  if (
    environment['npm_config_nodedir'] === undefined &&
    existsSync('/usr/include/node/node_api.h')
  ) {
    environment['npm_config_nodedir'] = '/usr';
  }
  const npm = process.env['npm_execpath'];
  if (npm?.endsWith('.js'))
    run(process.execPath, [npm, 'ci', '--no-audit', '--no-fund'], environment);
  else
    run(
      process.platform === 'win32' ? 'npm.cmd' : 'npm',
      ['ci', '--no-audit', '--no-fund'],
      environment,
    );
  const version = spawnSync(node24(), ['--version'], { encoding: 'utf8' }).stdout;
  if (!version.startsWith('v24.')) fail(`The project's own Node should be 24, but is ${version}`);
  writeStamp('npm', wanted);
}

/** Each bundle, and the folders it is made from. */
const sources = ['shared', 'electron', 'renderer', 'cli', 'scripts/build.ts', 'package-lock.json'];

function buildWhatIsStale() {
  const fingerprint = fingerprintOf(sources);
  if (readStamp('build') === fingerprint && existsSync(join(projectRoot, 'out', 'main', 'main.js')))
    return;
  say('Building the app');
  run(node24(), [join(projectRoot, 'scripts', 'build.ts')], node24Environment());
  writeStamp('build', fingerprint);
}

/**
 * Names, sizes and times of all files: enough to notice every edit, and cheap.
 * @param {readonly string[]} entries
 */
function fingerprintOf(entries) {
  const hash = createHash('sha256');
  /** @param {string} path */
  const add = (path) => {
    const stat = statSync(path);
    if (!stat.isDirectory()) {
      hash.update(`${path} ${String(stat.size)} ${String(stat.mtimeMs)}\n`);
      return;
    }
    for (const name of readdirSync(path).sort()) add(join(path, name));
  };
  for (const entry of entries) add(join(projectRoot, entry));
  return hash.digest('hex');
}

/** @param {string} name */
function readStamp(name) {
  const path = join(stampDirectory, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/**
 * @param {string} name
 * @param {string} value
 */
function writeStamp(name, value) {
  mkdirSync(stampDirectory, { recursive: true });
  writeFileSync(join(stampDirectory, name), value);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function run(command, args, env) {
  const result = spawnSync(command, args, { cwd: projectRoot, env, stdio: 'inherit' });
  if (result.status !== 0) fail(`This did not work: ${command} ${args.join(' ')}`);
}

/** @param {string} text */
export function say(text) {
  process.stdout.write(`holdfast: ${text}\n`);
}

/**
 * @param {string} text
 * @returns {never}
 */
export function fail(text) {
  process.stderr.write(`holdfast: ${text}\n`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const forBench = process.argv.includes('--bench');
  setUp({ forBench });
  if (!forBench) say('Everything is set up. Next: npm start, or npm test');
}
