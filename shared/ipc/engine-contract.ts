/**
 * The talk between the main process and the engine process: calls with zod parameters and results, and events.
 * Plain data only, so that it crosses a process boundary by structured clone.
 */
import { exclusionOptionsSchema, exclusionPreviewSchema } from '../model/exclusions.ts';
import { z } from 'zod';
import type { WireError } from '../errors.ts';
import { archiveEntrySchema, archivePathSchema, archiveSchema } from '../model/archive.ts';
import {
  bandwidthLimitsSchema,
  inspectionSchema,
  locationSchema,
  placeSchema,
  spaceSchema,
} from '../model/destination.ts';
import {
  backupResultSchema,
  checkResultSchema,
  progressSchema,
  readDataSubsetSchema,
  restoreResultSchema,
  waitReasonSchema,
} from '../model/job.ts';
import { cloudPolicySchema } from '../model/plan.ts';
import { secretKindSchema } from '../model/protection.ts';
import { conflictPolicySchema, restorePreviewSchema } from '../model/restore.ts';
import {
  forgetRequestSchema,
  forgetResultSchema,
  pruneRequestSchema,
  pruneResultSchema,
  repairIndexResultSchema,
} from '../model/retention.ts';

const bytesSchema = z.instanceof(Uint8Array);

/** What opens a repository without asking the person: the slot in use and its 64 derived bytes. */
export const accessSchema = placeSchema.extend({
  keyId: z.string(),
  slotKey: bytesSchema,
});
export type Access = z.infer<typeof accessSchema>;

/** `keyId` is the hash of `keyFile`. Nothing in it is secret: it is what the storage will hold. */
const preparedSlotSchema = z.object({ keyId: z.string(), keyFile: bytesSchema });

export const unlockedSchema = z.object({
  repositoryId: z.string(),
  fingerprint: z.string(),
  keyId: z.string(),
  slotKey: bytesSchema,
  secretKind: secretKindSchema,
  /** What the storage itself calls the folder, where that outlives a new name or place. */
  folderId: z.string().optional(),
});
export type Unlocked = z.infer<typeof unlockedSchema>;

/** What `repository:create` writes later. The master key in it opens everything: it never leaves the main process and the engine. */
export const preparedRepositorySchema = z.object({
  masterKey: bytesSchema,
  sealedConfig: bytesSchema,
});
export type PreparedRepository = z.infer<typeof preparedRepositorySchema>;

export const foundRepositorySchema = z.object({
  location: locationSchema,
  /** The folder's. */
  name: z.string(),
  fingerprint: z.string(),
  keyCreatedAt: z.string().nullable(),
  newestFileAt: z.string().nullable(),
});
export type FoundRepository = z.infer<typeof foundRepositorySchema>;

export const restoreTargetSchema = z.discriminatedUnion('kind', [
  /** Each item where it was when it was backed up. */
  z.object({ kind: z.literal('original') }),
  /** The chosen items land directly in `path`, without their chain of parent folders unless asked. */
  z.object({ kind: z.literal('folder'), path: z.string().min(1), keepParents: z.boolean() }),
]);

const MAX_CHILDREN_A_CALL = 1000;

const leavingOutShape = {
  /** Patterns. */
  excludes: z.array(z.string()),
  exclusionOptions: exclusionOptionsSchema.optional(),
  cloudFiles: cloudPolicySchema,
};

export const engineCalls = {
  'repository:inspect': {
    params: placeSchema,
    result: inspectionSchema,
  },
  /** Repositories at a place and up to two folders below it, nearest first; at most a hundred. Changes nothing. */
  'repository:find': {
    params: placeSchema,
    result: z.array(foundRepositorySchema),
  },
  /** A repository in memory: its fingerprint is known before anything is written. `prepared` is secret. */
  'repository:prepare': {
    params: z.object({}),
    result: z.object({ fingerprint: z.string(), prepared: preparedRepositorySchema }),
  },
  /** Writes folders, key slot and config. `repo/already-exists` where there is a repository. */
  'repository:create': {
    params: placeSchema.extend({
      secret: z.string().min(1),
      secretKind: secretKindSchema,
      prepared: preparedRepositorySchema.optional(),
    }),
    result: unlockedSchema,
  },
  /** Tries the secret as given, then NFC, then as a 64-digit key in any spelling. `repo/wrong-secret` otherwise. */
  'repository:unlock': {
    params: placeSchema.extend({
      secret: z.string().min(1),
      /** Just this slot is tried. */
      keyId: z.string().optional(),
    }),
    result: unlockedSchema,
  },
  /** All slots, the one of `access` marked. `createdAt` is RFC 3339; null for a malformed key file. */
  'keys:list': {
    params: z.object({ access: accessSchema }),
    result: z.array(
      z.object({
        keyId: z.string(),
        createdAt: z.string().nullable(),
        hostname: z.string().nullable(),
        username: z.string().nullable(),
        isCurrent: z.boolean(),
      }),
    ),
  },
  /** A further slot in memory only, so that its name can be noted before it is written. */
  'keys:prepare': {
    params: z.object({
      access: accessSchema,
      secret: z.string().min(1),
      secretKind: secretKindSchema,
    }),
    result: preparedSlotSchema,
  },
  /** Writes the slot that was prepared for this secret, reads it back, opens it. The one of `access` stays. */
  'keys:add': {
    params: z.object({
      access: accessSchema,
      secret: z.string().min(1),
      secretKind: secretKindSchema,
      prepared: preparedSlotSchema,
    }),
    result: unlockedSchema,
  },
  /** Never the slot of `access`. `repo/locked` while anybody else is at work; `repo/key-not-found` when it is gone already. */
  'keys:remove': {
    params: z.object({ access: accessSchema, keyId: z.string() }),
    result: z.null(),
  },
  /** Newest first. */
  'snapshots:list': {
    params: z.object({ access: accessSchema }),
    result: z.array(archiveSchema),
  },
  /** One page of a folder's entries, in the order folders first, then by name. `path` `/` is the root. */
  'tree:children': {
    params: z.object({
      access: accessSchema,
      snapshotId: z.string(),
      path: archivePathSchema,
      offset: z.number().int().nonnegative(),
      limit: z.number().int().positive().max(MAX_CHILDREN_A_CALL),
    }),
    result: z.object({ entries: z.array(archiveEntrySchema), total: z.number() }),
  },
  /** Counts a folder; `folder:measured` events come while it runs. */
  'folder:measure': {
    params: z.object({ measureId: z.string(), path: z.string().min(1) }),
    result: z.object({ files: z.number(), bytes: z.number(), unreadable: z.number() }),
  },
  /** What a backup would take and leave out; `exclusions:measured` events come while it runs. Reads no file. */
  'exclusions:preview': {
    params: z.object({
      previewId: z.string(),
      sources: z.array(z.string().min(1)).min(1),
      ...leavingOutShape,
      /** Never backed up: the destination's folder, where it has one, and the app's own data. */
      destinationFolder: z.string().nullable(),
      excludedPaths: z.array(z.string()),
    }),
    result: exclusionPreviewSchema,
  },
  'backup:run': {
    params: z.object({
      jobId: z.string(),
      access: accessSchema,
      sources: z.array(z.string().min(1)).min(1),
      ...leavingOutShape,
      /** Absolute: the app's own data, never backed up. The destination's own folder is added by the engine. */
      excludedPaths: z.array(z.string()),
    }),
    result: backupResultSchema,
  },
  'restore:plan': {
    params: z.object({
      access: accessSchema,
      snapshotId: z.string(),
      /** Files or folders; `['/']` is everything. */
      include: z.array(archivePathSchema).min(1),
      /**
       * Left out with all that is in them. The nearest of both lists at or above an entry decides, so that an included
       * item inside an excluded folder is restored, at its place below the outermost included one.
       */
      exclude: z.array(archivePathSchema).optional(),
      target: restoreTargetSchema,
      conflictPolicy: conflictPolicySchema,
    }),
    result: restorePreviewSchema,
  },
  /** Executes a plan of this engine process once; `restore/plan-expired` when it is not known (any more). */
  'restore:run': {
    params: z.object({ jobId: z.string(), restorePlanId: z.string() }),
    result: restoreResultSchema,
  },
  'check:run': {
    params: z.object({
      jobId: z.string(),
      access: accessSchema,
      readData: z.boolean(),
      /** Instead of `readData`: just these packs. */
      readDataSubset: readDataSubsetSchema.optional(),
    }),
    result: checkResultSchema,
  },
  /** Removes archives that no rule keeps; a group is never emptied. `repo/locked` while anybody else is at work. */
  'forget:by-rules': {
    params: forgetRequestSchema.extend({ jobId: z.string(), access: accessSchema }),
    result: forgetResultSchema,
  },
  /** Removes just these archives: whole ids, or the beginnings of them. */
  'forget:by-name': {
    params: z.object({
      jobId: z.string(),
      access: accessSchema,
      snapshotIds: z.array(z.string().min(1)).min(1),
      dryRun: z.boolean(),
    }),
    result: forgetResultSchema,
  },
  /**
   * Gives back the room of what no archive needs. `prune/backup-not-whole` when something that archives need is missing or damaged;
   * `repo/locked` while anybody else is at work.
   */
  'prune:run': {
    params: pruneRequestSchema.extend({ jobId: z.string(), access: accessSchema }),
    result: pruneResultSchema,
  },
  /** Makes a lost or damaged index anew from the packs' own tables of contents. No pack is deleted or changed. */
  'index:repair': {
    params: z.object({ jobId: z.string(), access: accessSchema, readAllPacks: z.boolean() }),
    result: repairIndexResultSchema,
  },
  /** Room at the destination, and what the repository takes of it: that lists its files. */
  'repository:size': {
    params: z.object({ access: accessSchema, withBackup: z.boolean() }),
    result: z.object({ space: spaceSchema, repositoryBytes: z.number().nullable() }),
  },
  /** For all transfers together, from now on; also for those under way. */
  'bandwidth:limit': { params: bandwidthLimitsSchema, result: z.null() },
  'job:pause': { params: z.object({ jobId: z.string() }), result: z.null() },
  'job:resume': { params: z.object({ jobId: z.string() }), result: z.null() },
  /** Removes lock files: only stale ones, or all. Returns how many. */
  'locks:remove': {
    params: z.object({ access: accessSchema, scope: z.enum(['stale', 'all']) }),
    result: z.object({ removed: z.number() }),
  },
} as const satisfies Record<string, { params: z.ZodType; result: z.ZodType }>;

export type EngineCallName = keyof typeof engineCalls;
export type EngineCallParams<Name extends EngineCallName> = z.infer<
  (typeof engineCalls)[Name]['params']
>;
export type EngineCallResult<Name extends EngineCallName> = z.infer<
  (typeof engineCalls)[Name]['result']
>;

export const engineEvents = {
  /** At most four times a second a job. */
  'job:progress': z.object({
    jobId: z.string(),
    paused: z.boolean(),
    waiting: waitReasonSchema.nullable(),
    progress: progressSchema,
  }),
  /** The figures so far. */
  'exclusions:measured': z.object({ previewId: z.string(), preview: exclusionPreviewSchema }),
  'folder:measured': z.object({ measureId: z.string(), files: z.number(), bytes: z.number() }),
} as const satisfies Record<string, z.ZodType>;

export type EngineEventName = keyof typeof engineEvents;
export type EngineEventPayload<Name extends EngineEventName> = z.infer<(typeof engineEvents)[Name]>;

/** From main to the engine. `cancel` names the call that shall end with `job/cancelled`. */
export type EngineRequestMessage =
  | { readonly type: 'call'; readonly id: number; readonly name: string; readonly params: unknown }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'subscribe'; readonly event: EngineEventName }
  | { readonly type: 'unsubscribe'; readonly event: EngineEventName };

/** From the engine to main. `ready` comes once, when calls are answered. */
export type EngineReplyMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: WireError }
  | { readonly type: 'event'; readonly event: EngineEventName; readonly payload: unknown }
  | { readonly type: 'log'; readonly level: 'debug' | 'info' | 'warn'; readonly text: string };
