/**
 * The one table of what the page may ask of the main process, and of what main tells the page.
 * The page never names a folder by itself: dialogs and suggestions hand out one-use grants.
 */
import { z } from 'zod';
import { archiveEntrySchema, archivePathSchema, archiveSchema } from '../model/archive.ts';
import { destinationSchema, inspectionSchema } from '../model/destination.ts';
import { jobSchema } from '../model/job.ts';
import { planSchema } from '../model/plan.ts';
import { conflictPolicySchema, restorePreviewSchema } from '../model/restore.ts';
import { languageSchema, themeSchema } from '../model/settings.ts';
import type { EventName, RequestName } from './channel-names.ts';

const idSchema = z.string().min(1).max(200);
/** Stands for one folder that the person chose or that was suggested; used up by the request that acts on it. */
const grantSchema = z.string().min(16).max(100);
const secretTextSchema = z.string().min(1).max(1000);
const nothing = z.null();

export const folderPurposeSchema = z.enum([
  'source',
  'destination',
  'existing-repository',
  'restore-target',
]);
export type FolderPurpose = z.infer<typeof folderPurposeSchema>;

export const grantedFolderSchema = z.object({
  grant: grantSchema,
  /** Absolute, for display. */
  path: z.string(),
  name: z.string(),
});
export type GrantedFolder = z.infer<typeof grantedFolderSchema>;

export const suggestedFolderSchema = grantedFolderSchema.extend({
  kind: z.enum(['documents', 'pictures', 'desktop', 'music', 'videos', 'downloads']),
});
export type SuggestedFolder = z.infer<typeof suggestedFolderSchema>;

/** `locked`: its secret must be entered again (no keychain, or the slot was changed elsewhere). */
export const destinationViewSchema = destinationSchema.extend({
  status: z.enum(['ready', 'locked', 'unreachable']),
});
export type DestinationView = z.infer<typeof destinationViewSchema>;

/** What the page shows besides jobs. Sent whole: it is small. */
export const appStateSchema = z.object({
  version: z.string(),
  platform: z.enum(['linux', 'darwin', 'win32']),
  runtime: z.enum(['electron', 'chromium-host']),
  computerName: z.string(),
  /** BCP 47, from the system. */
  systemLanguage: z.string(),
  theme: themeSchema,
  language: languageSchema,
  keychain: z.enum(['available', 'unavailable']),
  plans: z.array(planSchema),
  destinations: z.array(destinationViewSchema),
  /** Something found at start that the person should know; each is an error code of the catalog. */
  notices: z.array(z.string()),
});
export type AppState = z.infer<typeof appStateSchema>;

const keyDraftSchema = z.object({
  draftId: idSchema,
  /** 64 digits: the only request that shows a key. */
  key: z.string(),
  /** Which three groups (1-16) to type in the proof. */
  askedGroups: z.array(z.number().int().min(1).max(16)).length(3),
});
export type KeyDraft = z.infer<typeof keyDraftSchema>;

const keyProofSchema = z.discriminatedUnion('how', [
  z.object({ how: z.literal('pasted'), text: secretTextSchema }),
  z.object({
    how: z.literal('three-groups'),
    groups: z
      .array(z.object({ group: z.number().int().min(1).max(16), text: z.string().max(40) }))
      .length(3),
  }),
]);

const protectionChoiceSchema = z.discriminatedUnion('kind', [
  /** The draft must have been proved, or `proofPostponed` said. */
  z.object({ kind: z.literal('key'), draftId: idSchema, proofPostponed: z.boolean() }),
  /** `retyped` is compared with `password` in main; null = "I'll do it later". */
  z.object({
    kind: z.literal('password'),
    password: secretTextSchema,
    retyped: secretTextSchema.nullable(),
  }),
]);

const MAX_CHILDREN_A_CALL = 1000;
const jobReferenceSchema = z.object({ jobId: idSchema });

export const requests = {
  'app:state': { params: z.object({}), result: appStateSchema },
  'settings:update': {
    params: z.object({ theme: themeSchema.optional(), language: languageSchema.optional() }),
    result: nothing,
  },

  'folders:suggest': { params: z.object({}), result: z.array(suggestedFolderSchema) },
  /** The system's folder dialog. Empty when the person cancels. Several only for `source`. */
  'folders:choose': {
    params: z.object({ purpose: folderPurposeSchema }),
    result: z.array(grantedFolderSchema),
  },
  /** Counts live; `folders:measured` events carry the id. Does not use up the grant. */
  'folders:measure-start': {
    params: z.object({ grant: grantSchema }),
    result: z.object({ measureId: idSchema }),
  },
  'folders:measure-stop': { params: z.object({ measureId: idSchema }), result: nothing },

  /** What is at a place. Does not use up the grant. */
  'destinations:inspect': {
    params: z.object({ grant: grantSchema }),
    result: inspectionSchema.extend({ path: z.string() }),
  },
  /** "Restore from an existing backup": opens a repository and remembers it as a destination. */
  'destinations:attach': {
    params: z.object({ grant: grantSchema, secret: secretTextSchema }),
    result: z.object({ destinationId: idSchema }),
  },
  /** Enter the secret of a known destination again. */
  'destinations:unlock': {
    params: z.object({ destinationId: idSchema, secret: secretTextSchema }),
    result: nothing,
  },
  /** The "Unlock" action: removes the locks that others left behind. */
  'destinations:remove-locks': {
    params: z.object({ destinationId: idSchema }),
    result: z.object({ removed: z.number() }),
  },

  /** Makes a key; it lives in the main process until set-up finishes or it is discarded. */
  'protection:make-key': { params: z.object({}), result: keyDraftSchema },
  /** Puts the key on the clipboard, which is cleared after 45 s if it still holds it. */
  'protection:copy-key': { params: z.object({ draftId: idSchema }), result: nothing },
  /** Clears our own copy from the clipboard first. `wrongGroups` is empty when proved. */
  'protection:prove-key': {
    params: z.object({ draftId: idSchema, proof: keyProofSchema }),
    result: z.object({ proved: z.boolean(), wrongGroups: z.array(z.number()) }),
  },
  'protection:discard-key': { params: z.object({ draftId: idSchema }), result: nothing },
  /** Later proof from Status: the secret is pasted or typed and must open the repository's slot. */
  'protection:prove-saved': {
    params: z.object({ destinationId: idSchema, secret: secretTextSchema }),
    result: z.object({ proved: z.boolean() }),
  },

  /** Writes the key slot and the repository, stores plan and destination, starts the first backup. */
  'setup:finish': {
    params: z.object({
      sourceGrants: z.array(grantSchema).min(1).max(200),
      destinationGrant: grantSchema,
      protection: protectionChoiceSchema,
    }),
    result: z.object({ planId: idSchema, jobId: idSchema }),
  },
  /** "Continue backing up to this destination". */
  'plans:create': {
    params: z.object({
      destinationId: idSchema,
      sourceGrants: z.array(grantSchema).min(1).max(200),
    }),
    result: z.object({ planId: idSchema }),
  },
  /** Sources to keep are named by their path in the plan; new ones come by grant. */
  'plans:update': {
    params: z.object({
      planId: idSchema,
      name: z.string().min(1).max(200).optional(),
      addSourceGrants: z.array(grantSchema).max(200).optional(),
      removeSources: z.array(z.string()).max(200).optional(),
      excludes: z.array(z.string().min(1).max(4096)).max(1000).optional(),
    }),
    result: nothing,
  },

  'jobs:list': { params: z.object({}), result: z.array(jobSchema) },
  'jobs:start-backup': { params: z.object({ planId: idSchema }), result: jobReferenceSchema },
  'jobs:start-check': {
    params: z.object({ destinationId: idSchema, readData: z.boolean() }),
    result: jobReferenceSchema,
  },
  'jobs:pause': { params: jobReferenceSchema, result: nothing },
  'jobs:resume': { params: jobReferenceSchema, result: nothing },
  'jobs:cancel': { params: jobReferenceSchema, result: nothing },

  /** Newest first. */
  'archives:list': {
    params: z.object({ destinationId: idSchema }),
    result: z.array(archiveSchema),
  },
  'archives:children': {
    params: z.object({
      destinationId: idSchema,
      archiveId: idSchema,
      path: archivePathSchema,
      offset: z.number().int().nonnegative(),
      limit: z.number().int().positive().max(MAX_CHILDREN_A_CALL),
    }),
    result: z.object({ entries: z.array(archiveEntrySchema), total: z.number() }),
  },
  'restore:plan': {
    params: z.object({
      destinationId: idSchema,
      archiveId: idSchema,
      include: z.array(archivePathSchema).min(1).max(10_000),
      /** Inside something included. The nearest of both lists at or above an entry decides about it. */
      exclude: z.array(archivePathSchema).max(10_000).optional(),
      /** A folder's grant is not used up: the person may go back and change the rest. */
      target: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('original') }),
        z.object({ kind: z.literal('folder'), grant: grantSchema, keepParents: z.boolean() }),
      ]),
      conflictPolicy: conflictPolicySchema,
    }),
    result: restorePreviewSchema,
  },
  'restore:start': { params: z.object({ restorePlanId: idSchema }), result: jobReferenceSchema },
  'restore:show-in-folder': { params: jobReferenceSchema, result: nothing },
} as const satisfies Record<RequestName, { params: z.ZodType; result: z.ZodType }>;

export type RequestParams<Name extends RequestName> = z.infer<(typeof requests)[Name]['params']>;
export type RequestResult<Name extends RequestName> = z.infer<(typeof requests)[Name]['result']>;

export const events = {
  'state:changed': appStateSchema,
  /** The full state of one job, at most four times a second. */
  'job:changed': jobSchema,
  'folders:measured': z.object({
    measureId: idSchema,
    files: z.number(),
    bytes: z.number(),
    unreadable: z.number(),
    done: z.boolean(),
  }),
} as const satisfies Record<EventName, z.ZodType>;

export type EventPayload<Name extends EventName> = z.infer<(typeof events)[Name]>;
