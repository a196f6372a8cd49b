/** `holdfast version` */
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import type { AddCommand } from './command.ts';

export const addVersion: AddCommand = (program, bind) => {
  program.command('version').description('Prints the version.').action(bind(version));
};

async function version({ output, ports }: Session) {
  const { programVersion } = ports;
  output.result(
    'summary',
    { version: programVersion.split(' ')[1] ?? null, node: process.version },
    `${programVersion} (Node ${process.version}, ${process.platform}, ${process.arch})`,
  );
  return await Promise.resolve(exitCodes.done);
}
