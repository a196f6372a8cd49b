/** The engine as a utility process of the app: puts the message server on `process.parentPort`. */
import { toWireError } from '../shared/errors.ts';
import { portLog, serveEngine, type MessagePort } from './engine/message-server.ts';

const VERSION_ARGUMENT = '--app-version=';
const CACHE_ARGUMENT = '--cache-folder=';

const port = (process as { readonly parentPort?: MessagePort }).parentPort;
if (port === undefined) throw new Error('this is no utility process');

// `restic unlock` sends it to the pid in every lock; Node would die of it (restic format notes, section 11).
process.on('SIGHUP', () => undefined);
const log = portLog(port);
process.on('unhandledRejection', (reason) => {
  log.warn('a rejection was not handled', { error: toWireError(reason).causes.join(' < ') });
});
function argument(name: string): string | null {
  return process.argv.find((word) => word.startsWith(name))?.slice(name.length) ?? null;
}
serveEngine(port, argument(VERSION_ARGUMENT) ?? 'unknown', argument(CACHE_ARGUMENT));
