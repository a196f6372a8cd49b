/** All handlers in one table; the router's type demands each of them. */
import type { Handlers } from '../ipc-router.ts';
import { archiveHandlers } from './archives.ts';
import type { HandlerContext } from './context.ts';
import { destinationHandlers } from './destinations.ts';
import { folderHandlers } from './folders.ts';
import { jobHandlers } from './jobs.ts';
import { protectionHandlers } from './protection.ts';
import { restoreHandlers } from './restore.ts';
import { settingsHandlers } from './settings.ts';
import { setupHandlers } from './setup.ts';

export function makeHandlers(context: HandlerContext): Handlers {
  return {
    ...settingsHandlers(context),
    ...folderHandlers(context),
    ...destinationHandlers(context),
    ...protectionHandlers(context),
    ...setupHandlers(context),
    ...jobHandlers(context),
    ...archiveHandlers(context),
    ...restoreHandlers(context),
  };
}
