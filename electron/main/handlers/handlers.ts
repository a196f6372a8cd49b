/** All handlers in one table; the router's type demands each of them. */
import type { Handlers } from '../ipc-router.ts';
import { archiveHandlers } from './archives.ts';
import type { HandlerContext } from './context.ts';
import { destinationHandlers } from './destinations.ts';
import { exportHandlers } from './exports.ts';
import { exclusionHandlers } from './exclusions.ts';
import { folderHandlers } from './folders.ts';
import { jobHandlers } from './jobs.ts';
import { keyChangeHandlers } from './key-change.ts';
import { keyHandlers } from './keys.ts';
import { placeHandlers } from './places.ts';
import { protectionHandlers } from './protection.ts';
import { restoreHandlers } from './restore.ts';
import { settingsHandlers } from './settings.ts';
import { setupHandlers } from './setup.ts';

export function makeHandlers(context: HandlerContext): Handlers {
  return {
    ...settingsHandlers(context),
    ...folderHandlers(context),
    ...exclusionHandlers(context),
    ...placeHandlers(context),
    ...destinationHandlers(context),
    ...protectionHandlers(context),
    ...keyHandlers(context),
    ...exportHandlers(context),
    ...keyChangeHandlers(context),
    ...setupHandlers(context),
    ...jobHandlers(context),
    ...archiveHandlers(context),
    ...restoreHandlers(context),
  };
}
