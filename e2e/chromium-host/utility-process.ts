/** `utilityProcess`: a forked Node with `process.parentPort`. */
import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Readable } from 'node:stream';
import type * as Electron from 'electron';
import { guarded, guardInstances, notProvided } from './guard.ts';

const childEntry = fileURLToPath(new URL('./utility-child.ts', import.meta.url));

const exitCodes: Readonly<Record<string, number>> = {
  SIGKILL: 9,
  SIGTERM: 15,
  SIGSEGV: 11,
  SIGABRT: 6,
};

type Provided = Pick<Electron.UtilityProcess, 'pid' | 'postMessage' | 'kill'>;

class UtilityProcess extends EventEmitter implements Provided {
  pid: number | undefined;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly #child: ChildProcess;

  constructor(modulePath: string, args: readonly string[], options: Electron.ForkOptions) {
    super();
    const output = options.stdio === 'pipe' ? 'pipe' : 'inherit';
    this.#child = fork(childEntry, [modulePath, ...args], {
      serialization: 'advanced',
      env: { ...(options.env ?? process.env) },
      cwd: options.cwd,
      stdio: ['ignore', output, output, 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning', ...(options.execArgv ?? [])],
    });
    this.stdout = this.#child.stdout;
    this.stderr = this.#child.stderr;
    const endWithHost = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', endWithHost);
    this.#child.on('spawn', () => {
      this.pid = this.#child.pid;
      this.emit('spawn');
    });
    // It could not be started; ends as one that ended badly.
    this.#child.on('error', () => {
      if (this.#child.pid === undefined) this.emit('exit', 1);
    });
    this.#child.on('message', (message) => this.emit('message', message));
    this.#child.on('exit', (code, signal) => {
      process.off('exit', endWithHost);
      this.pid = undefined;
      this.emit('exit', code ?? exitCodes[signal ?? ''] ?? 1);
    });
  }

  postMessage(message: unknown, transfer: readonly unknown[] = []): void {
    if (transfer.length > 0) notProvided('transferring ports to a utility process');
    if (this.#child.connected) this.#child.send({ message: structuredClone(message) });
  }

  kill(): boolean {
    return this.#child.kill('SIGTERM');
  }
}
guardInstances('utilityProcess', UtilityProcess);

export const utilityProcess = guarded('utilityProcess', {
  fork: (modulePath: string, args: readonly string[] = [], options: Electron.ForkOptions = {}) =>
    new UtilityProcess(modulePath, args, options),
});
