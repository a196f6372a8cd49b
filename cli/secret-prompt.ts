/** Asks for one line on the terminal without showing what is typed. */
import { HoldfastError } from '../shared/errors.ts';
import type { Terminal } from './terminal.ts';

const ENTER = new Set(['\r', '\n']);
const BACKSPACE = new Set(['\u007f', '\b']);
const INTERRUPT = '\u0003';
const END = '\u0004';
const ERASE_LINE = '\u0015';

/** @throws HoldfastError `secret/required` where nobody can be asked; `job/cancelled` on Ctrl-C */
export async function promptSecret(question: string, terminal: Terminal): Promise<string> {
  const { stdin, stderr, signal } = terminal;
  if (stdin.isTTY !== true || stdin.setRawMode === undefined) {
    throw new HoldfastError('secret/required');
  }
  stderr.write(question);
  stdin.setRawMode(true);
  try {
    return await readLine(stdin, signal);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

function readLine(stdin: Terminal['stdin'], signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const decoder = new TextDecoder();
  let typed: string[] = [];
  const onData = (bytes: Uint8Array): void => {
    for (const character of decoder.decode(bytes, { stream: true })) {
      if (character === INTERRUPT) reject(new HoldfastError('job/cancelled'));
      else if (ENTER.has(character) || (character === END && typed.length === 0)) {
        resolve(typed.join(''));
        return;
      } else if (BACKSPACE.has(character)) typed.pop();
      else if (character === ERASE_LINE) typed = [];
      else if (character >= ' ') typed.push(character);
    }
  };
  const onEnd = (): void => resolve(typed.join(''));
  const onAbort = (): void => reject(signal.reason);
  stdin.on('data', onData);
  stdin.on('end', onEnd);
  signal.addEventListener('abort', onAbort, { once: true });
  stdin.resume();
  return promise.finally(() => {
    stdin.off('data', onData);
    stdin.off('end', onEnd);
    signal.removeEventListener('abort', onAbort);
  });
}
