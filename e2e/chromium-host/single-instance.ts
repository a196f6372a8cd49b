/**
 * One running app a user-data folder: a lock file in it names the holder (stale when that process is gone) and the socket over which a
 * second one tells the first what it was started with. As with Electron's, the answer is synchronous.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { isAlive, startOf } from './process-identity.ts';
import { shortTemporaryFolder } from './temporary-folder.ts';

export interface SecondInstance {
  readonly argv: string[];
  readonly workingDirectory: string;
}

interface Holder {
  readonly pid: number;
  readonly start: string;
  readonly socket: string;
}

export class SingleInstance {
  readonly #userData: string;
  readonly #lockPath: string;
  #told: Promise<void> = Promise.resolve();
  #release: (() => void) | null = null;

  constructor(userData: string) {
    this.#userData = userData;
    this.#lockPath = join(userData, 'chromium-host.lock');
  }

  /** True when this process is now the one; else the other one is being told. */
  acquire(onSecond: (second: SecondInstance) => void): boolean {
    mkdirSync(this.#userData, { recursive: true });
    const socket = join(
      shortTemporaryFolder(),
      `holdfast-host-${String(process.pid)}-${randomBytes(4).toString('hex')}.sock`,
    );
    const own: Holder = { pid: process.pid, start: startOf(process.pid), socket };
    if (!this.#writeLock(own)) {
      const holder = this.#readLock();
      if (holder !== null && isAlive(holder.pid) && startOf(holder.pid) === holder.start) {
        this.#tell(holder.socket);
        return false;
      }
      rmSync(this.#lockPath, { force: true });
      if (holder !== null) rmSync(holder.socket, { force: true });
      if (!this.#writeLock(own)) return false;
    }
    this.#listen(socket, onSecond);
    return true;
  }

  /** Resolves when the other instance has been told; a refused process must not end before. */
  whenTold(): Promise<void> {
    return this.#told;
  }

  /** Lets the next one in; done by itself at the process's end. */
  release(): void {
    if (this.#release === null) return;
    process.off('exit', this.#release);
    this.#release();
    this.#release = null;
  }

  /** By a link, so that the lock is never seen empty. */
  #writeLock(holder: Holder): boolean {
    const draft = `${this.#lockPath}.${String(process.pid)}`;
    writeFileSync(draft, JSON.stringify(holder));
    try {
      linkSync(draft, this.#lockPath);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }

  #readLock(): Holder | null {
    try {
      return JSON.parse(readFileSync(this.#lockPath, 'utf8')) as Holder;
    } catch {
      return null;
    }
  }

  #tell(socketPath: string): void {
    const socket = connect(socketPath);
    this.#told = new Promise((resolve) => {
      socket.once('error', () => resolve()).once('close', () => resolve());
    });
    const message: SecondInstance = { argv: process.argv, workingDirectory: process.cwd() };
    socket.end(JSON.stringify(message));
  }

  #listen(socketPath: string, onSecond: (second: SecondInstance) => void): void {
    const server = createServer((socket) => {
      let text = '';
      socket.setEncoding('utf8');
      socket.on('data', (piece: string) => (text += piece));
      socket.on('error', () => undefined);
      socket.on('end', () => {
        const second = parseSecond(text);
        if (second !== null) onSecond(second);
      });
    });
    server.listen(socketPath).unref();
    this.#release = () => {
      server.close();
      rmSync(this.#lockPath, { force: true });
      rmSync(socketPath, { force: true });
    };
    process.once('exit', this.#release);
  }
}

function parseSecond(text: string): SecondInstance | null {
  try {
    return JSON.parse(text) as SecondInstance;
  } catch {
    // It was killed while it spoke.
    return null;
  }
}
