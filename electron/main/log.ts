/**
 * The log file: technical lines for diagnosis, rotated. `toLogText` is the only road into it, and it redacts: runs of 64 hexadecimal
 * digits are shortened (ids and keys look alike), and fields that may hold a secret are dropped.
 */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { toWireError } from '../../shared/errors.ts';

const MAX_BYTES = 1024 * 1024;
const MAX_LINE = 4000;
const SECRET_NAMES = /secret|password|key|token|slot/iu;

export type LogLevel = 'debug' | 'info' | 'warn';

/** One line of text without secrets. */
export function toLogText(value: unknown): string {
  const text = value instanceof Error ? JSON.stringify(toWireError(value)) : stringify(value);
  return redact(text)
    .replaceAll(/[\r\n]+/gu, ' ')
    .slice(0, MAX_LINE);
}

function stringify(value: unknown): string {
  if (typeof value === 'string') return value;
  const dropSecrets = (name: string, item: unknown): unknown => {
    if (SECRET_NAMES.test(name) && typeof item !== 'number') return '[not logged]';
    return typeof item === 'bigint' ? String(item) : item;
  };
  return JSON.stringify(value, dropSecrets) ?? String(value);
}

/** Also in groups, as a person may have typed it into a field that ended up in an error. */
function redact(text: string): string {
  return text
    .replaceAll(/(?<![0-9a-f])([0-9a-f]{8})[0-9a-f]{56,}/giu, '$1…')
    .replaceAll(/(?:[0-9a-f]{4}[\s-]){7,}[0-9a-f]{4}/giu, '[not logged]');
}

export class LogFile {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, 'holdfast.log');
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch {
      // As in `write`.
    }
  }

  write(level: LogLevel, ...parts: readonly unknown[]): void {
    const line = `${new Date().toISOString()} ${level} ${parts.map(toLogText).join(' ')}\n`;
    try {
      this.#rotate();
      appendFileSync(this.#path, line, { mode: 0o600 });
    } catch {
      // A log that cannot be written must not keep anybody from backing up.
    }
  }

  #rotate(): void {
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > MAX_BYTES) renameSync(this.#path, `${this.#path}.1`);
  }
}
