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
  'destinations:inspect',
  'destinations:attach',
  'destinations:unlock',
  'destinations:remove-locks',
  'protection:make-key',
  'protection:copy-key',
  'protection:prove-key',
  'protection:discard-key',
  'protection:prove-saved',
  'setup:finish',
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
