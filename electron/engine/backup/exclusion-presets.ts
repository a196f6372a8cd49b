/**
 * What each preset leaves out, by platform. `~` is every home folder: the own one, and those where the system keeps them. Lines under `any`
 * are in force everywhere, since disks travel between systems. Patterns are those of `exclude-patterns.ts`.
 *
 * The rule of this list: `caches` and `trash` are on in a new plan, so nothing stands there that a person may have made. A folder that merely
 * has a usual name (`build`, `target`) is left out only with the evidence of a build tool beside it, or inside it (`tags`).
 * The preset of the command line for files that are only in a cloud is the plan's `cloudFiles: skip` (see `cloud-sources.ts`).
 */
import { cacheDirectoryTag } from '../../../shared/model/exclusion-options.ts';
import type { ExclusionPreset, FolderTag } from '../../../shared/model/exclusions.ts';

export interface PresetPattern {
  readonly pattern: string;
  /** One of these names, or `*.ending`s, must be in the same folder. */
  readonly beside?: readonly string[];
}

export interface PresetTag extends FolderTag {
  /** Only in folders of this name. */
  readonly folder?: string;
}

type PresetPlatform = 'any' | 'linux' | 'darwin' | 'win32';

interface Preset {
  readonly patterns: Readonly<Record<PresetPlatform, readonly (string | PresetPattern)[]>>;
  /** What is left of such a folder is the file that tells what it is. */
  readonly tags: readonly PresetTag[];
}

const GRADLE = ['build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts'];
const NET = ['*.csproj', '*.fsproj', '*.vbproj'];
const NODE = ['package.json'];
const PYTHON = ['pyproject.toml', 'setup.py', 'setup.cfg'];

export const exclusionPresets: Readonly<Record<ExclusionPreset, Preset>> = {
  caches: {
    // Whoever writes this file says that all beside it can be made again; Cargo, pytest, mypy, ruff, borg and restic do.
    tags: [cacheDirectoryTag],
    patterns: {
      any: [
        '~/.npm/_cacache/', // npm-cache(1): "a temporary, cache-only store"
        '~/.cargo/registry/', // The Cargo Book, "Cargo Home": downloaded crates and the index
        '~/.cargo/git/', // the same of crates that come from git
        '~/.gradle/caches/', // Gradle, "The Gradle directories": downloaded dependencies and results
        '~/go/pkg/mod/', // Go Modules Reference, "Module cache"
        'Thumbs.db', // Windows' small pictures, also on disks that Windows had
        'ehthumbs.db',
      ],
      linux: [
        '~/.cache/', // XDG Base Directory Specification: "user-specific non-essential data"
        '~/.var/app/*/cache/', // Flatpak, "Sandbox permissions": XDG_CACHE_HOME of each app
        '~/snap/*/*/.cache/', // snapd: the same of each snap
        '~/.thumbnails/', // Thumbnail Managing Standard before 0.8
        '~/.config/*/Cache/', // Chromium's disk cache, as apps made with Electron have it
        '~/.config/*/Code Cache/', // compiled scripts
        '~/.config/*/GPUCache/', // compiled shaders
        '/var/cache/', // FHS 3.0, 5.5: can be deleted "without loss of data"
      ],
      darwin: [
        '~/Library/Caches/', // Apple, "File System Programming Guide": "data that can be recreated"
        '/Library/Caches/',
        '/System/Library/Caches/',
        '~/Library/Containers/*/Data/Library/Caches/', // of apps in a sandbox
        '~/Library/Group Containers/*/Library/Caches/',
        '~/Library/Application Support/*/Cache/', // Chromium and Electron, as above
        '~/Library/Application Support/*/Code Cache/',
        '~/Library/Application Support/*/GPUCache/',
        '.Spotlight-V100/', // Spotlight's index at the top of each disk
        '.fseventsd/', // the log of changes at the top of each disk
      ],
      win32: [
        '~/AppData/Local/Temp/',
        '~/AppData/Local/Microsoft/Windows/INetCache/', // the system's web cache
        '~/AppData/Local/Microsoft/Windows/Explorer/thumbcache_*.db',
        '~/AppData/Local/Microsoft/Windows/Explorer/iconcache_*.db',
        '~/AppData/Local/*/*/User Data/*/Cache/', // Chrome and Edge, by profile
        '~/AppData/Local/*/*/User Data/*/Code Cache/',
        '~/AppData/Local/*/*/User Data/*/GPUCache/',
        '~/AppData/Local/Mozilla/Firefox/Profiles/*/cache2/',
        '~/AppData/Roaming/*/Cache/', // Electron, as above
        '~/AppData/Roaming/*/Code Cache/',
        '~/AppData/Roaming/*/GPUCache/',
        '~/AppData/Local/npm-cache/',
        'C:/pagefile.sys', // memory of the running system
        'C:/swapfile.sys',
        'C:/hiberfil.sys',
      ],
    },
  },

  trash: {
    tags: [],
    patterns: {
      any: [
        '.Trash-[0-9]*/', // FreeDesktop.org Trash Specification: `$topdir/.Trash-$uid`
        '.Trashes/', // macOS, at the top of other disks
        '$RECYCLE.BIN/', // Windows, at the top of each disk
        '\\#recycle/', // Synology, in each shared folder
        '@Recycle/', // QNAP, the same
      ],
      linux: [
        '~/.local/share/Trash/', // FreeDesktop.org Trash Specification: `$XDG_DATA_HOME/Trash`
        '~/.var/app/*/data/Trash/', // the same inside Flatpak
      ],
      darwin: [
        '~/.Trash/',
        '~/Library/Mobile Documents/.Trash/', // iCloud Drive's
      ],
      win32: [],
    },
  },

  'build-output': {
    tags: [
      // PEP 405: marks a virtual environment, whatever its name; venv and virtualenv begin it so.
      { name: 'pyvenv.cfg', header: 'home' },
      { ...cacheDirectoryTag, folder: 'target' },
    ],
    patterns: {
      any: [
        'node_modules/', // written by package managers only
        '__pycache__/', // PEP 3147: compiled beside its source
        // Not `build` beside package.json: electron-builder has people keep icons and certificates there.
        { pattern: 'build/', beside: [...GRADLE, 'CMakeLists.txt', 'meson.build', 'pubspec.yaml'] },
        { pattern: 'build/', beside: PYTHON },
        { pattern: 'dist/', beside: [...NODE, ...PYTHON] },
        { pattern: 'target/', beside: ['Cargo.toml', 'pom.xml', 'build.sbt'] },
        { pattern: 'cmake-build-*/', beside: ['CMakeLists.txt'] }, // CLion
        { pattern: '.gradle/', beside: GRADLE }, // of the project; the one at home holds settings, too
        { pattern: '.next/', beside: NODE },
        { pattern: '.nuxt/', beside: NODE },
        { pattern: '.svelte-kit/', beside: NODE },
        { pattern: '.parcel-cache/', beside: NODE },
        { pattern: '.turbo/', beside: NODE },
        { pattern: '.angular/', beside: ['angular.json'] },
        { pattern: 'bower_components/', beside: ['bower.json'] },
        { pattern: 'elm-stuff/', beside: ['elm.json'] },
        { pattern: '.tox/', beside: ['tox.ini', ...PYTHON] },
        { pattern: '.nox/', beside: ['noxfile.py'] },
        { pattern: '.eggs/', beside: ['setup.py'] },
        { pattern: 'bin/', beside: NET },
        { pattern: 'obj/', beside: NET },
        { pattern: '.build/', beside: ['Package.swift'] }, // Swift Package Manager
        { pattern: 'Pods/', beside: ['Podfile.lock'] }, // CocoaPods; the lock says what to fetch
        { pattern: 'vendor/', beside: ['composer.lock'] }, // Composer; the same
        { pattern: '.stack-work/', beside: ['stack.yaml'] },
        { pattern: 'dist-newstyle/', beside: ['cabal.project', '*.cabal'] },
        { pattern: '_build/', beside: ['mix.exs', 'dune-project'] },
        { pattern: '.dart_tool/', beside: ['pubspec.yaml'] },
        { pattern: '.terraform/', beside: ['*.tf'] }, // downloaded providers; the state is beside it
        { pattern: '.zig-cache/', beside: ['build.zig'] },
        { pattern: 'zig-cache/', beside: ['build.zig'] },
        { pattern: 'zig-out/', beside: ['build.zig'] },
      ],
      linux: [],
      darwin: ['~/Library/Developer/Xcode/DerivedData/'],
      win32: [],
    },
  },

  'virtual-machines': {
    tags: [],
    patterns: {
      // Disks and memory; the small files that describe a machine are kept. Not `*.img` and `*.iso`, which may be anything.
      any: [
        '*.vdi', // VirtualBox
        '*.vmdk', // VMware
        '*.vmem',
        '*.vhd', // Hyper-V, WSL
        '*.vhdx',
        '*.avhdx',
        '*.vmrs',
        '*.qcow2', // QEMU
        '*.hdd/', // Parallels: a disk is a folder
        '*.utm/', // UTM: a machine is a folder
        { pattern: '.vagrant/', beside: ['Vagrantfile'] },
        '~/.lima/',
        '~/.colima/',
        '~/.android/avd/*.avd/', // the emulator's
        '~/.docker/desktop/vms/',
      ],
      linux: [
        '/var/lib/libvirt/images/',
        '~/.local/share/libvirt/images/',
        '~/.local/share/gnome-boxes/images/',
        '/var/lib/docker/', // images and layers, and also volumes: the machine's own export saves those
        '~/.local/share/containers/storage/', // Podman
        '~/.local/share/docker/', // Docker without root
      ],
      darwin: ['~/Library/Containers/com.docker.docker/Data/vms/'],
      win32: [],
    },
  },
};

/** Where systems keep home folders. On Windows on any drive. */
const HOMES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['/home/*', '/root'],
  darwin: ['/Users/*'],
  win32: ['Users/*'],
};

/** Of one preset, with `~` made to paths. `home` is an absolute path. */
export function presetPatterns(
  preset: ExclusionPreset,
  platform: NodeJS.Platform,
  home: string,
): readonly PresetPattern[] {
  const { patterns } = exclusionPresets[preset];
  const own =
    platform === 'linux' || platform === 'darwin' || platform === 'win32' ? platform : 'linux';
  const homes = [...new Set([literalPattern(home, platform), ...(HOMES[own] ?? [])])];
  return [...patterns.any, ...patterns[own]].flatMap((entry) => {
    const { pattern, ...rest } = typeof entry === 'string' ? { pattern: entry } : entry;
    if (!pattern.startsWith('~/')) return [{ pattern, ...rest }];
    return homes.map((folder) => ({ pattern: folder + pattern.slice(1), ...rest }));
  });
}

/** A path in which nothing means more than itself. */
function literalPattern(path: string, platform: NodeJS.Platform): string {
  const text = platform === 'win32' ? path.replaceAll('\\', '/') : path.replaceAll('\\', '\\\\');
  return text.replaceAll(/[*?[]/gu, '[$&]').replace(/\/+$/u, '');
}
