/**
 * Everything that is printed. With `--json` one JSON object a line, the last one the summary; else plain text.
 * Results go to standard output; progress, warnings and errors to standard error (with `--json`, only errors do).
 */
import { errorCatalog, fillIn } from '../shared/error-catalog.ts';
import { toWireError, type HoldfastError } from '../shared/errors.ts';
import type { Progress, Warning } from '../shared/model/job.ts';
import { exitCodeOf } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

const CLEAR_LINE = '\r\u001b[2K';
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/gu;

export class Output {
  readonly #terminal: Terminal;
  readonly #json: boolean;
  #progressShown = false;

  constructor(terminal: Terminal, json: boolean) {
    this.#terminal = terminal;
    this.#json = json;
  }

  get isJson(): boolean {
    return this.#json;
  }

  /** One result, in both forms. `text` may have several lines; null prints nothing. */
  result(messageType: string, object: JsonObject, text: string | null): void {
    this.#clearProgress();
    if (this.#json) this.#line({ message_type: messageType, ...object });
    else if (text !== null) this.#terminal.stdout.write(`${text}\n`);
  }

  /** The same, and waits until it is written: what must not be lost with this process. */
  async resultForSure(messageType: string, object: JsonObject, text: string): Promise<void> {
    this.#clearProgress();
    const line = this.#json ? JSON.stringify({ message_type: messageType, ...object }) : text;
    await this.bytes(Buffer.from(`${line}\n`));
  }

  /** As it is, in either form. */
  async bytes(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#terminal.stdout.write(bytes, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  get showsProgress(): boolean {
    return this.#json || this.#terminal.stderr.isTTY === true;
  }

  progress(progress: Progress): void {
    if (this.#json) {
      this.#line({
        message_type: 'status',
        phase: progress.phase,
        files_done: progress.filesDone,
        total_files: progress.filesTotal,
        bytes_done: progress.bytesDone,
        total_bytes: progress.bytesTotal,
        bytes_per_second: progress.bytesPerSecond,
        seconds_remaining: progress.secondsLeft,
        current_file: progress.currentPath,
      });
    } else if (this.showsProgress) {
      this.#terminal.stderr.write(`${CLEAR_LINE}${describeProgress(progress)}`);
      this.#progressShown = true;
    }
  }

  warning({ path, reason, detail }: Warning): void {
    this.#clearProgress();
    if (this.#json) this.#line({ message_type: 'warning', item: path, reason, detail });
    else {
      const why = detail === null ? reason : `${reason}, ${detail}`;
      this.#terminal.stderr.write(`warning: ${printable(path)} (${why})\n`);
    }
  }

  /** For the eye of whoever watches; nothing with `--json`. */
  note(text: string): void {
    this.#clearProgress();
    if (!this.#json) this.#terminal.stderr.write(`${text}\n`);
  }

  error(error: HoldfastError): void {
    this.#clearProgress();
    const { title, meaning, advice } = errorCatalog[error.code];
    const [meaningText, adviceText] = [meaning, advice].map((text) => fillIn(text, error.context));
    const { causes } = toWireError(error);
    if (this.#json) {
      const object = {
        message_type: 'exit_error',
        code: exitCodeOf(error),
        error: error.code,
        message: title,
        meaning: meaningText,
        advice: adviceText,
        context: error.context,
        causes,
      };
      this.#terminal.stderr.write(`${JSON.stringify(object)}\n`);
      return;
    }
    const detail = [error.code, describeContext(error), ...causes].filter((part) => part !== '');
    this.#terminal.stderr.write(
      `${title}.\n${meaningText}\n${adviceText}\n(${printable(detail.join('; '))})\n`,
    );
  }

  #line(object: JsonObject): void {
    this.#terminal.stdout.write(`${JSON.stringify(object)}\n`);
  }

  #clearProgress(): void {
    if (this.#progressShown) this.#terminal.stderr.write(CLEAR_LINE);
    this.#progressShown = false;
  }
}

function describeContext({ context }: HoldfastError): string {
  return Object.entries(context)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}

function describeProgress(progress: Progress): string {
  const total = progress.bytesTotal === null ? '' : ` of ${formatBytes(progress.bytesTotal)}`;
  const files = progress.filesTotal === null ? '' : ` of ${progress.filesTotal}`;
  const left =
    progress.secondsLeft === null
      ? ''
      : `, ${Math.ceil(progress.secondsLeft.low)} to ${Math.ceil(progress.secondsLeft.high)} s left`;
  return `${progress.phase}: ${progress.filesDone}${files} items, ${formatBytes(progress.bytesDone)}${total}${left}`;
}

const STEP = 1024;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= STEP && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

/** File names may hold anything; a terminal must not obey what stands in one. */
export function printable(text: string): string {
  return text.replace(
    CONTROL,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  }
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
