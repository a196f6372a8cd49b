/** Runs the command line inside the test process, with streams and an environment of its own. */
import { PassThrough, Readable, Writable } from 'node:stream';

import type { ExitCode } from '../exit-codes.ts';
import { runProgram } from '../run-program.ts';

export interface CliRun {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output, one object a line; for `--json`. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

export interface CliOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Buffer;
  /** What is typed at a terminal, one answer after the other. */
  readonly typed?: readonly string[];
  readonly signal?: AbortSignal;
  /** Sees what is printed on standard output; what it throws is an error of the stream. */
  readonly onPrinted?: (text: string) => void;
  /** Sees what stands on standard error so far, and may type to it: for commands that ask and go on. */
  readonly onOutput?: (text: string, type: (input: string) => void) => void;
}

export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const [stdout, stderr] = [new Collector(), new Collector()];
  if (options.onPrinted !== undefined) stdout.onText = options.onPrinted;
  // Whoever writes is told as well.
  stdout.on('error', () => undefined);
  const stdin = stdinOf(options, stderr);
  const exitCode = await runProgram(args, {
    stdin,
    stdout,
    stderr,
    env: options.env ?? {},
    signal: options.signal ?? new AbortController().signal,
  });
  return {
    exitCode,
    stdout: stdout.text,
    stderr: stderr.text,
    get lines() {
      return stdout.text
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
  };
}

function stdinOf({ typed, input = '', onOutput }: CliOptions, stderr: Collector): Readable {
  if (typed !== undefined) return new TypingPerson(typed, stderr);
  if (onOutput === undefined) return Readable.from([Buffer.from(input)]);
  const keyboard = new PassThrough();
  stderr.onText = (text) => onOutput(text, (line) => void keyboard.write(line));
  return keyboard;
}

class Collector extends Writable {
  text = '';
  onText: (text: string) => void = () => undefined;

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.text += bytes.toString('utf8');
    try {
      this.onText(this.text);
      done();
    } catch (error) {
      done(error as Error);
    }
  }
}

/** Answers each question once it was asked, key by key. */
class TypingPerson extends Readable {
  readonly isTTY = true;
  readonly #answers: string[];
  readonly #screen: Collector;

  constructor(answers: readonly string[], screen: Collector) {
    super();
    this.#answers = [...answers];
    this.#screen = screen;
  }

  setRawMode(on: boolean): void {
    if (!on) return;
    const answer = this.#answers.shift();
    if (answer === undefined) throw new Error(`nobody expected to be asked:\n${this.#screen.text}`);
    for (const key of `${answer}\r`) this.push(Buffer.from(key));
  }

  override _read(): void {
    // Pushed by `setRawMode`.
  }
}
