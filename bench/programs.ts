/** The programs that are compared, and how each is told to do the same thing. Nothing but defaults. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const steps = [
  'first backup',
  'nothing changed',
  '1 % changed',
  'restore',
  'check of all data',
] as const;
export type Step = (typeof steps)[number];
export type ProgramId = 'holdfast' | 'restic' | 'borg';
/** Besides the steps: the program itself, opening the repository and nothing more, and what comes before the measuring. */
export type Task = Step | 'start' | 'open' | 'init';

/** Where one program works in one round. Each has a home of its own, with its cache in it, and starts with an empty one. */
export interface Place {
  readonly source: string;
  readonly repository: string;
  readonly target: string;
  readonly home: string;
  readonly secretFile: string;
}

export interface Program {
  readonly id: ProgramId;
  readonly label: string;
  readonly version: string;
  readonly command: (task: Task, place: Place) => readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** How it makes a key of the password in this repository. */
  readonly keyCost: (repository: string) => string;
}

/** Not a 64-digit key: Holdfast makes those open faster than a password, which the others do not know. */
const PASSWORD = 'wooden boats like calm water 7';

export function writeSecret(path: string): void {
  writeFileSync(path, PASSWORD, { mode: 0o600 });
}

const holdfastPath = join(import.meta.dirname, '..', 'bin', 'holdfast');

/** Holdfast, and of the others those that are installed. */
export function findPrograms(): readonly Program[] {
  const holdfast = versionOf(holdfastPath, 'version');
  if (holdfast === null) throw new Error('Holdfast does not run. Run: npm run setup');
  const restic = versionOf('restic', 'version');
  const borg = versionOf('borg', '--version');
  return [
    {
      id: 'holdfast',
      label: 'Holdfast',
      version: holdfast.startsWith('holdfast') ? holdfast : `holdfast ${holdfast}`,
      command: holdfastCommand,
      environment: {},
      keyCost: scryptCost,
    },
    ...(restic === null
      ? []
      : [
          {
            id: 'restic' as const,
            label: 'restic',
            version: restic,
            command: resticCommand,
            environment: {},
            keyCost: scryptCost,
          },
        ]),
    ...(borg === null
      ? []
      : [
          {
            id: 'borg' as const,
            label: 'Borg',
            version: borg,
            command: borgCommand,
            environment: { BORG_PASSPHRASE: PASSWORD },
            keyCost: () => 'PBKDF2',
          },
        ]),
  ];
}

function versionOf(command: string, argument: string): string | null {
  const result = spawnSync(command, [argument], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim().replace(/ compiled with .*/u, '') : null;
}

function holdfastCommand(task: Task, place: Place): readonly [string, ...string[]] {
  const common = ['--repo', place.repository, '--secret-file', place.secretFile];
  switch (task) {
    case 'start':
      return [holdfastPath, 'version'];
    case 'open':
      return [holdfastPath, 'cat', 'config', ...common];
    case 'init':
      return [holdfastPath, 'init', ...common];
    case 'first backup':
    case 'nothing changed':
    case '1 % changed':
      return [holdfastPath, 'backup', place.source, ...common];
    case 'restore':
      return [holdfastPath, 'restore', 'latest', '--target', place.target, ...common];
    case 'check of all data':
      return [holdfastPath, 'check', '--read-data', ...common];
    default:
      return task satisfies never;
  }
}

function resticCommand(task: Task, place: Place): readonly [string, ...string[]] {
  const common = ['-q', '-r', place.repository, '-p', place.secretFile];
  switch (task) {
    case 'start':
      return ['restic', 'version'];
    case 'open':
      return ['restic', 'cat', 'config', ...common];
    case 'init':
      return ['restic', 'init', ...common];
    case 'first backup':
    case 'nothing changed':
    case '1 % changed':
      return ['restic', 'backup', place.source, ...common];
    case 'restore':
      return ['restic', 'restore', 'latest', '--target', place.target, ...common];
    case 'check of all data':
      return ['restic', 'check', '--read-data', ...common];
    default:
      return task satisfies never;
  }
}

function borgCommand(task: Task, place: Place): readonly [string, ...string[]] {
  const archive = `${place.repository}::${task}`;
  switch (task) {
    case 'start':
      return ['borg', '--version'];
    case 'open':
      return ['borg', 'list', place.repository];
    case 'init':
      return ['borg', 'init', '--encryption', 'repokey', place.repository];
    case 'first backup':
    case 'nothing changed':
    case '1 % changed':
      return ['borg', 'create', archive, place.source];
    case 'restore':
      // Into the current folder, which is the target.
      return ['borg', 'extract', `${place.repository}::1 % changed`];
    case 'check of all data':
      return ['borg', 'check', '--verify-data', place.repository];
    default:
      return task satisfies never;
  }
}

function scryptCost(repository: string): string {
  const keys = join(repository, 'keys');
  const [name] = existsSync(keys) ? readdirSync(keys) : [];
  if (name === undefined) return 'scrypt';
  const slot = JSON.parse(readFileSync(join(keys, name), 'utf8')) as Record<string, unknown>;
  return `scrypt N=${String(slot['N'])} r=${String(slot['r'])} p=${String(slot['p'])}`;
}

/** Alone in its environment: no setting and no cache of the person who runs the bench comes in. */
export function environmentOf(program: Program, { home }: Place): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    LANG: 'C.UTF-8',
    HOME: home,
    TMPDIR: join(home, 'tmp'),
    BORG_BASE_DIR: home,
    ...program.environment,
  };
}
