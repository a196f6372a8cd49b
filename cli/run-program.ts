/** Runs one command line and returns its exit code. Nothing here ends the process; nothing is thrown. */
import { Command, CommanderError, Option } from 'commander';

import { HoldfastError } from '../shared/errors.ts';
import { addBackup } from './commands/backup.ts';
import { addCat } from './commands/cat.ts';
import { addCheck } from './commands/check.ts';
import type { AddCommand, Bind, Run } from './commands/command.ts';
import { addExclusions } from './commands/exclusions.ts';
import { addForget } from './commands/forget.ts';
import { addInit } from './commands/init.ts';
import { addKeyCommands } from './commands/key.ts';
import { addLogin } from './commands/login.ts';
import { addLs } from './commands/ls.ts';
import { addPrune } from './commands/prune.ts';
import { addRepairCommands } from './commands/repair.ts';
import { addRestore } from './commands/restore.ts';
import { addSnapshots } from './commands/snapshots.ts';
import { addUnlock } from './commands/unlock.ts';
import { addVersion } from './commands/version.ts';
import { exitCodeOf, exitCodes, exitCodesHelp, type ExitCode } from './exit-codes.ts';
import { Output } from './output.ts';
import { SECRET_VARIABLE, takeSecretFromEnvironment } from './secret-input.ts';
import { Session, UsageError, type GlobalOptions } from './session.ts';
import type { Terminal } from './terminal.ts';

const COMMANDS: readonly AddCommand[] = [
  addInit,
  addBackup,
  addExclusions,
  addSnapshots,
  addLs,
  addRestore,
  addCheck,
  addForget,
  addPrune,
  addRepairCommands,
  addUnlock,
  addKeyCommands,
  addCat,
  addLogin,
  addVersion,
];

/** @param args what follows the program's name */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const secret = takeSecretFromEnvironment(terminal.env);
  const program = newProgram(terminal);
  let exitCode: ExitCode = exitCodes.done;
  const bind: Bind =
    <Args extends readonly unknown[]>(run: Run<Args>) =>
    async (...given: unknown[]): Promise<void> => {
      const session = new Session(terminal, program.opts<GlobalOptions>(), secret);
      // Last comes the command itself, which nobody needs.
      exitCode = await run(session, ...(given.slice(0, -1) as unknown as Args));
    };
  for (const add of COMMANDS) add(program, bind);
  for (const command of withSubcommands(program)) {
    command.configureHelp({ showGlobalOptions: true }).exitOverride();
    command.addHelpText('after', exitCodesHelp);
    command.configureOutput(outputOf(terminal));
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, terminal, program.opts<GlobalOptions>().json === true);
  }
}

function newProgram({ env }: Terminal): Command {
  const repository = new Option(
    '-r, --repo <path>',
    'the repository: a folder, gdrive:FOLDER, icloud:FOLDER or s3:https://HOST/BUCKET/PREFIX (or HOLDFAST_REPO)',
  );
  const { HOLDFAST_REPO: fromEnvironment } = env;
  if (fromEnvironment !== undefined) repository.default(fromEnvironment);
  return new Command('holdfast')
    .description('Backups that only you can open, on storage you already have.')
    .addOption(repository)
    .option(
      '--secret-file <file>',
      `read the key or password from this file, - is standard input (or ${SECRET_VARIABLE}, or a prompt)`,
    )
    .option(
      '--token-file <file>',
      'keep the sign-in to a storage in this file instead of the keychain',
    )
    .option('--json', 'print one JSON object a line, the last one the summary')
    .option('-v, --verbose', 'say more on standard error');
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function outputOf({ stdout, stderr }: Terminal) {
  return {
    writeOut: (text: string) => void stdout.write(text),
    writeErr: (text: string) => void stderr.write(text),
  };
}

function explain(error: unknown, terminal: Terminal, json: boolean): ExitCode {
  if (error instanceof CommanderError) {
    // It has printed help, or what is wrong, itself.
    return error.exitCode === 0 ? exitCodes.done : exitCodes.failed;
  }
  const output = new Output(terminal, json);
  if (error instanceof UsageError) {
    if (json)
      terminal.stderr.write(
        `${JSON.stringify({ message_type: 'exit_error', code: exitCodes.failed, message: error.message })}\n`,
      );
    else output.note(`error: ${error.message}`);
    return exitCodes.failed;
  }
  const known = asHoldfastError(error, terminal.signal);
  output.error(known);
  return exitCodeOf(known);
}

/** Whatever fell over because of an interruption is an interruption. */
function asHoldfastError(error: unknown, signal: AbortSignal): HoldfastError {
  if (signal.aborted && signal.reason instanceof HoldfastError) return signal.reason;
  if (error instanceof HoldfastError) return error;
  return new HoldfastError('internal/unexpected', { cause: error });
}
