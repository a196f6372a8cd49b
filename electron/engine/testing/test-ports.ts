/** Ports for tests: a clock that is told, a log that is kept, a made-up computer with the pid of this process. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Progress, Warning } from '../../../shared/model/job.ts';
import type { EnginePorts, Identity, JobPort, Log } from '../ports.ts';
import { TestClock } from './test-clock.ts';

export interface TestPorts extends EnginePorts {
  readonly clock: TestClock;
  readonly logged: string[];
}

export function testPorts(identity: Partial<Identity> = {}, clock = new TestClock()): TestPorts {
  const logged: string[] = [];
  const write = (event: string): void => void logged.push(event);
  const log: Log = { debug: write, info: write, warn: write };
  return {
    clock,
    log,
    logged,
    identity: {
      hostname: 'test-host',
      username: 'test-user',
      uid: 1000,
      gid: 1000,
      pid: process.pid,
      ...identity,
    },
    programVersion: 'holdfast 0.0.0-test',
  };
}

/** A job that keeps what it is told and can be cancelled. */
export class TestJob implements JobPort {
  readonly reports: Progress[] = [];
  readonly warnings: Warning[] = [];
  readonly #stop = new AbortController();

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  cancel(): void {
    this.#stop.abort(new HoldfastError('job/cancelled'));
  }

  async whenRunning(): Promise<void> {
    this.signal.throwIfAborted();
  }

  progress(progress: Progress): void {
    this.reports.push(progress);
  }

  warning(warning: Warning): void {
    this.warnings.push(warning);
  }
}
