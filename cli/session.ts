/** What a command works with: the repository named by the options, opened with the secret that was given. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import type { Backend } from '../electron/engine/backend/backend.ts';
import { Storages } from '../electron/engine/backend/storages.ts';
import { inspectLocation } from '../electron/engine/inspect-location.ts';
import type { EnginePorts, Log } from '../electron/engine/ports.ts';
import {
  keySlotKdf,
  passwordSlotKdf,
  Repository,
  type SlotOptions,
} from '../electron/engine/repository/repository.ts';
import { RunningJob } from '../electron/engine/running-job.ts';
import { systemClock, systemIdentity } from '../electron/engine/system-ports.ts';
import {
  googleSettings,
  type GoogleSettings,
} from '../electron/platform/google/google-settings.ts';
import {
  tokensInFile,
  tokensInKeychain,
  type TokenPlace,
} from '../electron/platform/google/google-tokens.ts';
import { HoldfastError } from '../shared/errors.ts';
import { folderOf } from '../shared/location-names.ts';
import type { Inspection, Place } from '../shared/model/destination.ts';
import { Output, printable } from './output.ts';
import { programVersion } from './program-version.ts';
import { parseRepositoryName, type RepositoryName } from './repository-name.ts';
import { readSecretCandidates, type NewSecret, type SecretSources } from './secret-input.ts';
import type { Terminal } from './terminal.ts';

export interface GlobalOptions {
  readonly repo?: string;
  readonly secretFile?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

const OFFLINE_NOTE = 'No connection to the storage; waiting for it.';

export class Session {
  readonly terminal: Terminal;
  readonly output: Output;
  readonly ports: EnginePorts;
  readonly #options: GlobalOptions;
  readonly #environmentSecret: string | null;
  #backend: Promise<Backend> | null = null;

  constructor(terminal: Terminal, options: GlobalOptions, environmentSecret: string | null) {
    this.terminal = terminal;
    this.output = new Output(terminal, options.json === true);
    this.#options = options;
    this.#environmentSecret = environmentSecret;
    this.ports = {
      clock: systemClock(),
      log: options.verbose === true ? logTo(this.output) : silentLog,
      identity: systemIdentity(),
      programVersion: programVersion(),
    };
  }

  get signal(): AbortSignal {
    return this.terminal.signal;
  }

  usage(message: string): UsageError {
    return new UsageError(message);
  }

  /** The named repository's folder on this computer, as far as its name alone tells; null also where none was named. */
  get namedFolder(): string | null {
    const { repo = '' } = this.#options;
    if (repo === '') return null;
    const name = this.#named(repo);
    return name.location === 'gdrive' ? null : folderOf(name.location);
  }

  google(): GoogleSettings {
    return googleSettings(this.terminal.env, import.meta.url.includes('app.asar'));
  }

  tokens(): TokenPlace {
    const { tokenFile } = this.#options;
    return tokenFile === undefined ? tokensInKeychain() : tokensInFile(resolve(tokenFile));
  }

  /** Where the repository is. */
  async place(): Promise<Place> {
    const { repo = '' } = this.#options;
    if (repo === '') throw new UsageError('name the repository with --repo PATH or HOLDFAST_REPO');
    const name = this.#named(repo);
    if (name.location !== 'gdrive') return name;
    const { path } = name;
    const tokens = await this.tokens().read();
    if (tokens === null) throw new HoldfastError('sign-in/required');
    const { accountId, accountName, ...client } = tokens;
    const { servers } = this.google();
    return {
      location: {
        kind: 'gdrive',
        path,
        folderId: null,
        accountId,
        clientId: client.clientId,
        accountName,
      },
      credentials: { kind: 'google', ...client, servers },
    };
  }

  #named(repo: string): RepositoryName {
    try {
      return parseRepositoryName(repo, this.terminal.env);
    } catch (error) {
      throw error instanceof RangeError ? new UsageError(error.message) : error;
    }
  }

  get secretSources(): SecretSources {
    return { file: this.#options.secretFile, environment: this.#environmentSecret };
  }

  /** The repository's folder on this computer; null where it lies elsewhere. */
  async repositoryFolder(): Promise<string | null> {
    const { location } = await this.place();
    return folderOf(location);
  }

  /** Opened once. */
  async backend(): Promise<Backend> {
    this.#backend ??= this.place().then(async (place) => {
      const storages = new Storages({
        ...this.ports,
        cacheFolder: cacheFolder(this.terminal.env),
      });
      const backend = await storages.open(place);
      backend.onWait?.((reason) => {
        if (reason === 'offline') this.output.note(OFFLINE_NOTE);
      });
      return backend;
    });
    return this.#backend;
  }

  /** What is at the place, before anything is unlocked. */
  async inspect(): Promise<Inspection> {
    const { location } = await this.place();
    return inspectLocation(location, await this.backend(), this.signal);
  }

  /** @throws HoldfastError `repo/not-found` also when the folder itself is not there */
  async openRepository(): Promise<Repository> {
    const backend = await this.backend();
    try {
      const { exists } = await Repository.inspect(backend, this.signal);
      if (!exists)
        throw new HoldfastError('repo/not-found', { context: { path: backend.location } });
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'backend/unavailable') throw error;
      throw new HoldfastError('repo/not-found', {
        context: { path: backend.location },
        cause: error,
      });
    }
    const candidates = await readSecretCandidates(this.secretSources, this.terminal);
    let last: unknown = new HoldfastError('secret/required');
    for (const secret of candidates) {
      try {
        return await Repository.open(backend, this.ports, { kind: 'secret', secret }, this.signal);
      } catch (error) {
        if (!(error instanceof HoldfastError) || error.code !== 'repo/wrong-secret') throw error;
        last = error;
      }
    }
    throw last;
  }

  /** Runs with progress and warnings on the terminal. */
  async job<T>(work: (job: RunningJob) => Promise<T>): Promise<T> {
    const job = new RunningJob(this.ports.clock, this.signal, {
      progress: (progress) => this.output.progress(progress),
      warning: (warning) => this.output.warning(warning),
      isWatched: this.output.showsProgress,
    });
    try {
      return await work(job);
    } finally {
      job.end();
    }
  }
}

/** Something is wrong with how the command was called. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The names in a key file are readable by everybody who has the storage: they stay neutral. */
export function slotFor({ kind }: NewSecret): SlotOptions {
  return {
    kdf: kind === 'key' ? keySlotKdf : passwordSlotKdf,
    username: 'holdfast',
    hostname: 'holdfast',
  };
}

/** Copies of sealed files; may be deleted at any time. By the XDG base directory specification where nothing better is known. */
function cacheFolder(env: NodeJS.ProcessEnv): string {
  const { XDG_CACHE_HOME: cache, LOCALAPPDATA: local } = env;
  const home = env['HOME'] ?? homedir();
  if (process.platform === 'win32') return join(local ?? home, 'Holdfast', 'Cache');
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'Holdfast');
  return join(cache ?? join(home, '.cache'), 'holdfast');
}

const silentLog: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

function logTo(output: Output): Log {
  const write = (event: string, facts: Readonly<Record<string, unknown>> = {}): void => {
    output.note(printable(`${event} ${JSON.stringify(facts)}`));
  };
  return { debug: write, info: write, warn: write };
}
