/**
 * The app under strace: everything that it and its children write to files, and every command line and environment that they start programs
 * with. Pipes, sockets and shared memory are how its processes talk and do not count.
 */
import {
  createReadStream,
  chmodSync,
  existsSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { runtimeBinary } from './runtime.ts';

const CALLS = 'write,pwrite64,writev,pwritev,pwritev2,open,openat,creat,execve';
const MOST_BYTES_OF_A_CALL = 1 << 17;

export interface Tracer {
  /** For `launch({ executable })`. */
  readonly executable: string;
  /** Where one of the needles was written or passed on; each a sentence without the needle. */
  leaks(needles: readonly Needle[]): Promise<string[]>;
  /** Files that were opened for writing and are still there. */
  writtenFiles(): Promise<Set<string>>;
}

export interface Needle {
  readonly name: string;
  readonly bytes: Buffer;
}

export function traceInto(folder: string): Tracer {
  const log = join(folder, 'strace.log');
  const executable = join(folder, 'traced-electron');
  const options = `-f -y -v -xx -qq --seccomp-bpf -s ${String(MOST_BYTES_OF_A_CALL)} -e trace=${CALLS}`;
  writeFileSync(
    executable,
    `#!/bin/sh\nexec strace ${options} -o '${log}' '${runtimeBinary()}' "$@"\n`,
  );
  chmodSync(executable, 0o755);
  return {
    executable,
    async leaks(needles) {
      // strace writes every byte as \xNN.
      const escaped = needles.map(({ name, bytes }) => ({
        name,
        text: bytes.toString('hex').replaceAll(/../gu, String.raw`\x$&`),
      }));
      const found = new Set<string>();
      for await (const line of linesOf(log)) {
        const found1 = escaped.find(({ text }) => line.includes(text));
        const target = found1 === undefined ? null : targetOf(line);
        if (found1 !== undefined && target !== null) found.add(`${found1.name} in ${target}`);
      }
      return [...found];
    },
    async writtenFiles() {
      const files = new Set<string>();
      for await (const line of linesOf(log)) {
        const path = openedForWriting(line);
        if (path !== null && existsSync(path) && statSync(path).isFile()) files.add(path);
      }
      return files;
    },
  };
}

/** In which of the files a needle stands. */
export function findIn(files: Iterable<string>, needles: readonly Needle[]): string[] {
  const found: string[] = [];
  for (const file of files) {
    const content = readFileSync(file);
    for (const { name, bytes } of needles) {
      if (content.includes(bytes)) found.push(`${name} in ${file}`);
    }
  }
  return found;
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file), crlfDelay: Infinity });
}

/** What a line writes to, if that is a file or a program's arguments; null for all else. */
function targetOf(line: string): string | null {
  if (/\bexecve\(/u.test(line)) return 'a command line or environment';
  return filePath(/\b(?:write|pwrite64|writev|pwritev2?)\(\d+<([^>]*)>/u.exec(line)?.[1]);
}

function openedForWriting(line: string): string | null {
  if (!/O_WRONLY|O_RDWR|O_CREAT|\bcreat\(/u.test(line)) return null;
  return filePath(/\) = \d+<([^>]+)>/u.exec(line)?.[1]);
}

/** Null for pipes, sockets, devices and shared memory. */
function filePath(escaped: string | undefined): string | null {
  const path = (escaped ?? '').replaceAll(/\\x([0-9a-f]{2})/gu, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  );
  return path.startsWith('/') && !/^\/(?:dev|memfd:|proc)/u.test(path) ? path : null;
}
