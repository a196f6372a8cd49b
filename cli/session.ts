/** What a command works with: the repository named by the options, opened with the secret that was given. */
import { resolve } from 'node:path';

import type { Backend } from '../electron/engine/backend/backend.ts';
import { openBackend } from '../electron/engine/backend/open-backend.ts';
import type { EnginePorts, Log } from '../electron/engine/ports.ts';
import {
  keySlotKdf,
  passwordSlotKdf,
  Repository,
  type SlotOptions,
} from '../electron/engine/repository/repository.ts';
import { RunningJob } from '../electron/engine/running-job.ts';
import { systemClock, systemIdentity } from '../electron/engine/system-ports.ts';
import { HoldfastError } from '../shared/errors.ts';
import { Output, printable } from './output.ts';
import { programVersion } from './program-version.ts';
import { readSecretCandidates, type NewSecret, type SecretSources } from './secret-input.ts';
import type { Terminal } from './terminal.ts';

export interface GlobalOptions {
  readonly repo?: string;
  readonly secretFile?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export class Session {
  readonly terminal: Terminal;
  readonly output: Output;
  readonly ports: EnginePorts;
  readonly #options: GlobalOptions;
  readonly #environmentSecret: string | null;

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

  /** Absolute. */
  get repositoryPath(): string {
    if (this.#options.repo === undefined || this.#options.repo === '') {
      throw new UsageError('name the repository with --repo PATH or HOLDFAST_REPO');
    }
    return resolve(this.#options.repo);
  }

  get secretSources(): SecretSources {
    return { file: this.#options.secretFile, environment: this.#environmentSecret };
  }

  backend(): Backend {
    return openBackend({ kind: 'local', path: this.repositoryPath });
  }

  /** @throws HoldfastError `repo/not-found` also when the folder itself is not there */
  async openRepository(): Promise<Repository> {
    const backend = this.backend();
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

const silentLog: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

function logTo(output: Output): Log {
  const write = (event: string, facts: Readonly<Record<string, unknown>> = {}): void => {
    output.note(printable(`${event} ${JSON.stringify(facts)}`));
  };
  return { debug: write, info: write, warn: write };
}
