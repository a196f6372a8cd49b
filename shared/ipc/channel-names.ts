/**
 * The names of all requests and events, apart from their schemas, so that the preload bundle stays small.
 * `contract.ts` must have exactly these, or it does not compile.
 */
export const requestNames = [
  'app:state',
  'settings:update',
  'folders:suggest',
  'folders:choose',
  'folders:measure-start',
  'folders:measure-stop',
  'window:protect-content',
  'places:google',
  'places:google-cancel',
  'places:icloud',
  'places:s3',
  'destinations:inspect',
  'destinations:find',
  'destinations:attach',
  'destinations:unlock',
  'destinations:size',
  'destinations:reconnect',
  'destinations:disconnect',
  'destinations:remove-locks',
  'protection:make-draft',
  'protection:discard-draft',
  'protection:prove-key',
  'protection:prove-saved',
  'protection:rate-password',
  'protection:suggest-password',
  'keys:copy',
  'keys:clear-copy',
  'keys:reveal',
  'keys:programs',
  'keys:export',
  'keys:hand-over',
  'keys:delete-export',
  'keys:kit',
  'keys:save-kit',
  'keys:change',
  'keys:finish-change',
  'keys:snooze',
  'setup:finish',
  'setup:start-fresh',
  'plans:create',
  'plans:update',
  'jobs:list',
  'jobs:start-backup',
  'jobs:start-check',
  'jobs:pause',
  'jobs:resume',
  'jobs:cancel',
  'archives:list',
  'archives:children',
  'restore:plan',
  'restore:start',
  'restore:show-in-folder',
] as const;

export type RequestName = (typeof requestNames)[number];

export const eventNames = ['state:changed', 'job:changed', 'folders:measured'] as const;

export type EventName = (typeof eventNames)[number];
