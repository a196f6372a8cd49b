/** `holdfast`, the command line: signals and streams around `runProgram`. */
import { HoldfastError } from '../shared/errors.ts';
import { exitCodes } from './exit-codes.ts';
import { runProgram } from './run-program.ts';

// Other programs that use the repository test with it whether we live (see the engine's lock.ts).
process.on('SIGHUP', () => undefined);

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second time the person means it: without tidying up.
    if (interrupted.signal.aborted) process.exit(exitCodes.interrupted);
    interrupted.abort(new HoldfastError('job/cancelled'));
  });
}
// A reader that went away (`holdfast ls | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  interrupted.abort(new HoldfastError('job/cancelled'));
});

process.exitCode = await runProgram(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: interrupted.signal,
});
