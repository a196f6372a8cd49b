/**
 * The one table of what the page may ask of the main process, and of what main tells the page.
 * The page never names a folder by itself: dialogs and suggestions hand out one-use grants.
 */
import { z } from 'zod';
import { archiveEntrySchema, archivePathSchema, archiveSchema } from '../model/archive.ts';
import {
  bandwidthLimitsSchema,
  destinationSchema,
  inspectionSchema,
  locationKindSchema,
  spaceSchema,
} from '../model/destination.ts';
import { exclusionOptionsSchema, exclusionPreviewSchema } from '../model/exclusions.ts';
import { jobSchema } from '../model/job.ts';
import {
  exportFormSchema,
  managerProgramSchema,
  plaintextExportSchema,
} from '../model/key-export.ts';
import { passwordRatingSchema } from '../model/password-rating.ts';
import { cloudPolicySchema, planSchema } from '../model/plan.ts';
import { secretKindSchema } from '../model/protection.ts';
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
  /** `archived`: was backed up to the destination before, and is there on this computer. */
  kind: z.enum(['archived', 'documents', 'pictures', 'desktop', 'music', 'videos', 'downloads']),
});
export type SuggestedFolder = z.infer<typeof suggestedFolderSchema>;

/** A place for a backup, or with one. `path` says in a line where it is, `name` its last part. */
const placePurposeSchema = z.enum(['destination', 'existing-repository']);
export type PlacePurpose = z.infer<typeof placePurposeSchema>;

/** `locked`: its secret must be entered again, for a reason. `signed-out`: the storage wants a new sign-in first. `icloud-off`: this computer has no iCloud Drive now. */
export const destinationViewSchema = destinationSchema.extend({
  status: z.enum(['ready', 'locked', 'unreachable', 'icloud-off', 'signed-out']),
  /** Where it is, in a line. */
  place: z.string(),
  lockedBecause: z.enum(['no-keychain', 'not-in-keychain', 'changed-elsewhere']).nullable(),
  /** The code of the error by which the storage asked for a new sign-in; null where none is stored, or all is well. */
  signedOutBecause: z.string().nullable(),
  /** This computer has the 64 digits in use: they can be shown and exported even while the storage is away. */
  isKeyKept: z.boolean(),
  /** It is time to ask whether the secret is still to be found. */
  isReminderDue: z.boolean(),
});
export type DestinationView = z.infer<typeof destinationViewSchema>;

/**
 * `absent`: no keychain runs. `locked`: it did not answer in time, or asks for its own password. `denied`: it refused to store or to read.
 * In all but the first the secret is in memory only and asked for again at the next start.
 */
const keychainStateSchema = z.enum(['available', 'absent', 'locked', 'denied']);

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
  keychain: keychainStateSchema,
  storages: z.object({
    /** False where each person must bring a client of their own. */
    hasGoogleClient: z.boolean(),
    /** Other servers than Google's are in force (for tests): their address, to be shown. */
    googleRedirectedTo: z.string().nullable(),
    hasICloud: z.boolean(),
  }),
  bandwidth: bandwidthLimitsSchema,
  plans: z.array(planSchema),
  destinations: z.array(destinationViewSchema),
  /** Files with a secret in clear that are still there. */
  exports: z.array(plaintextExportSchema),
  /** Something found at start that the person should know; each is an error code of the catalog. */
  notices: z.array(z.string()),
});
export type AppState = z.infer<typeof appStateSchema>;

/** A secret that is being made: for a new backup, or to replace the one of a destination. */
const keyDraftSchema = z.object({
  draftId: idSchema,
  kind: secretKindSchema,
  /** Of the backup that it will open. */
  fingerprint: z.string(),
  /** Which three groups (1-16) to type in the proof; none in password mode. */
  askedGroups: z.array(z.number().int().min(1).max(16)).max(3),
});
export type KeyDraft = z.infer<typeof keyDraftSchema>;

/** Whose secret is to be shown, copied or exported. */
const secretSourceSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('draft'),
    draftId: idSchema,
    /** Where the new backup will be; null for a draft that replaces a known destination's secret. */
    destinationGrant: grantSchema.nullable(),
    sourceGrants: z.array(grantSchema).max(200),
    /** In password mode, if the person typed it for the export. */
    password: secretTextSchema.nullable(),
  }),
  z.object({
    kind: z.literal('destination'),
    destinationId: idSchema,
    /** The same. It must open the backup. */
    password: secretTextSchema.nullable(),
  }),
]);
export type SecretSource = z.infer<typeof secretSourceSchema>;

const kitLanguageSchema = z.enum(['en', 'de']);
const savedFileSchema = z.object({
  /** null when the person cancelled the dialog. */
  path: z.string().nullable(),
});

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
    draftId: idSchema,
    password: secretTextSchema,
    retyped: secretTextSchema.nullable(),
  }),
]);

/** Of a service; keys never stand in it. */
const addressSchema = z
  .url({ protocol: /^https?$/u })
  .max(500)
  .refine((address) => !/^[^/]*\/\/[^/]*@/u.test(address));
const s3KeysShape = {
  accessKeyId: z.string().min(1).max(200),
  secretAccessKey: z.string().min(1).max(300),
};

const MAX_CHILDREN_A_CALL = 1000;
const jobReferenceSchema = z.object({ jobId: idSchema });

export const requests = {
  'app:state': { params: z.object({}), result: appStateSchema },
  'settings:update': {
    params: z.object({
      theme: themeSchema.optional(),
      language: languageSchema.optional(),
      bandwidth: bandwidthLimitsSchema.optional(),
    }),
    result: nothing,
  },

  /** With a destination: first what its newest archive holds, where that is on this computer. */
  'folders:suggest': {
    params: z.object({ destinationId: idSchema.nullable() }),
    result: z.array(suggestedFolderSchema),
  },
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

  /** While a secret is on the screen it is kept out of screenshots and recordings, where the system can do that. */
  'window:protect-content': { params: z.object({ isProtected: z.boolean() }), result: nothing },

  /**
   * Signs in to Google in the system's browser, and waits for it, at most five minutes. `client` is the person's own, where they have one.
   * A new backup gets a folder of its own that is not there yet.
   */
  'places:google': {
    params: z.object({
      purpose: placePurposeSchema,
      client: z
        .object({ clientId: z.string().min(1).max(300), clientSecret: z.string().max(300) })
        .nullable(),
    }),
    result: grantedFolderSchema,
  },
  'places:google-cancel': { params: z.object({}), result: nothing },
  /** `icloud/off` where there is none. */
  'places:icloud': {
    params: z.object({ purpose: placePurposeSchema }),
    result: grantedFolderSchema,
  },
  /** Asks the service before it answers. */
  'places:s3': {
    params: z.object({
      purpose: placePurposeSchema,
      endpoint: addressSchema,
      region: z.string().min(1).max(100),
      bucket: z.string().min(1).max(200),
      path: z.string().max(500),
      pathStyle: z.boolean(),
      ...s3KeysShape,
    }),
    result: grantedFolderSchema,
  },

  /** What is at a place. Does not use up the grant. */
  'destinations:inspect': {
    params: z.object({ grant: grantSchema }),
    result: inspectionSchema.extend({ path: z.string(), kind: locationKindSchema }),
  },
  /** Backups in a folder and up to two folders below it, each with a grant of its own. */
  'destinations:find': {
    params: z.object({ grant: grantSchema }),
    result: z.array(
      grantedFolderSchema.extend({
        fingerprint: z.string(),
        /** RFC 3339 */
        keyCreatedAt: z.string().nullable(),
        newestFileAt: z.string().nullable(),
      }),
    ),
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
  /** Room there, and, if asked for, what the backup takes of it: that means a look at all its files. */
  'destinations:size': {
    params: z.object({ destinationId: idSchema, withBackup: z.boolean() }),
    result: z.object({ space: spaceSchema, repositoryBytes: z.number().nullable() }),
  },
  /**
   * Signs in again: with the browser (Google), or with keys and region as given, else those of before (S3). Runs that waited for it go on.
   * `drive/other-account` when it is not the one of before, `repo/not-found` when the backup is not there.
   */
  'destinations:reconnect': {
    params: z.object({
      destinationId: idSchema,
      s3Keys: z.object(s3KeysShape).nullable(),
      s3Region: z.string().min(1).max(100).nullable(),
      /** Of the Google client of before, which was mistyped or replaced. */
      clientSecret: z.string().min(1).max(300).nullable(),
    }),
    result: nothing,
  },
  /**
   * Forgets destination, plans and sign-in on this computer; what is stored stays. `revoke` takes Google's permission back first, unless another
   * destination goes by the same sign-in; `sign-in/not-withdrawn` when Google does not, and then nothing is changed.
   * `secret/not-proved` where nobody has shown that the secret is saved, unless the person has said that it may be lost.
   */
  'destinations:disconnect': {
    params: z.object({
      destinationId: idSchema,
      revoke: z.boolean(),
      lossIsAccepted: z.boolean().optional(),
    }),
    result: nothing,
  },
  /** The "Unlock" action: removes the locks that others left behind. */
  'destinations:remove-locks': {
    params: z.object({ destinationId: idSchema }),
    result: z.object({ removed: z.number() }),
  },

  /** Makes a secret, or room for a password; it lives in the main process until it is used or discarded. */
  'protection:make-draft': {
    params: z.object({
      kind: secretKindSchema,
      /** The destination whose secret it will replace; null for a new backup. */
      destinationId: idSchema.nullable(),
    }),
    result: keyDraftSchema,
  },
  /** The 64 digits, for the one screen that shows them. `secret/not-stored` in password mode. */
  'protection:show-draft': {
    params: z.object({ draftId: idSchema }),
    result: z.object({ key: z.string() }),
  },
  'protection:discard-draft': { params: z.object({ draftId: idSchema }), result: nothing },
  /** Clears our own copy from the clipboard first. `wrongGroups` is empty when proved. */
  'protection:prove-key': {
    params: z.object({ draftId: idSchema, proof: keyProofSchema }),
    result: z.object({ proved: z.boolean(), wrongGroups: z.array(z.number()) }),
  },
  /** Three groups (1-16) of a destination's key, to be typed in a later proof; none where this computer does not have the digits. */
  'protection:ask-groups': {
    params: z.object({ destinationId: idSchema }),
    result: z.object({ askedGroups: z.array(z.number().int().min(1).max(16)).max(3) }),
  },
  /**
   * Later proof: the secret is pasted or typed, or the three groups asked last, and must open the slot in use. Clears our own copy from the
   * clipboard first. `secret/of-another-backup` when it opens another; `secret/changed-elsewhere` when that slot is gone.
   */
  'protection:prove-saved': {
    params: z.object({ destinationId: idSchema, proof: keyProofSchema }),
    result: z.object({ proved: z.boolean(), wrongGroups: z.array(z.number()) }),
  },

  'protection:rate-password': {
    params: z.object({ password: z.string().max(1000) }),
    result: passwordRatingSchema,
  },
  /** Six random words. */
  'protection:suggest-password': {
    params: z.object({}),
    result: z.object({ password: z.string() }),
  },

  /** Puts the key on the clipboard, which is cleared after 45 s if it still holds it. */
  'keys:copy': { params: z.object({ source: secretSourceSchema }), result: nothing },
  /** Clears it at once, if it still holds our copy. */
  'keys:clear-copy': { params: z.object({}), result: nothing },
  /** Shows the key of a destination, after the system has asked who is there, where it can. `secret/not-stored` in password mode. */
  'keys:reveal': {
    params: z.object({ destinationId: idSchema }),
    result: z.object({ key: z.string() }),
  },
  /** Command-line programs of password managers that are installed. */
  'keys:programs': { params: z.object({}), result: z.array(managerProgramSchema) },
  /** Asks where, and writes the file. `filePassword` exactly for the encrypted forms. `export/unsafe-place` where it must not lie. */
  'keys:export': {
    params: z.object({
      source: secretSourceSchema,
      form: exportFormSchema,
      filePassword: secretTextSchema.nullable(),
      language: kitLanguageSchema,
    }),
    result: savedFileSchema,
  },
  'keys:hand-over': {
    params: z.object({
      source: secretSourceSchema,
      program: managerProgramSchema,
      language: kitLanguageSchema,
    }),
    result: nothing,
  },
  'keys:delete-export': { params: z.object({ exportId: idSchema }), result: nothing },
  /** The facts of the recovery kit, for the printer; with the key in key mode. */
  'keys:kit': {
    params: z.object({ source: secretSourceSchema }),
    result: z.object({
      computerName: z.string(),
      destinationLabel: z.string(),
      place: z.string(),
      resticPlace: z.string(),
      fingerprint: z.string(),
      kind: secretKindSchema,
      key: z.string().nullable(),
    }),
  },
  /** Asks where, and writes the kit as a PDF. */
  'keys:save-kit': {
    params: z.object({ source: secretSourceSchema, language: kitLanguageSchema }),
    result: savedFileSchema,
  },
  /**
   * Replaces the secret without the old one: the new slot is written, read back and opened, then the old one removed. When only the last
   * step fails, `oldStillOpens` says so, and it is tried again later.
   */
  'keys:change': {
    params: z.object({ destinationId: idSchema, protection: protectionChoiceSchema }),
    result: z.object({ oldStillOpens: z.boolean() }),
  },
  /** Tries once more to remove what a change has replaced. `secret/old-still-opens` with the cause. */
  'keys:finish-change': { params: z.object({ destinationId: idSchema }), result: nothing },
  /** "Remind me later". */
  'keys:snooze': { params: z.object({ destinationId: idSchema }), result: nothing },

  /** Writes the key slot and the repository, stores plan and destination, starts the first backup. */
  'setup:finish': {
    params: z.object({
      sourceGrants: z.array(grantSchema).min(1).max(200),
      destinationGrant: grantSchema,
      protection: protectionChoiceSchema,
      /** "Start fresh": the plans to this destination end; its archives stay. */
      replacesDestinationId: idSchema.nullable(),
    }),
    result: z.object({ planId: idSchema, jobId: idSchema }),
  },
  /** The folders of the plans to a destination, and an unused folder beside it, for a new backup with a new key. */
  'setup:start-fresh': {
    params: z.object({ destinationId: idSchema }),
    result: z.object({ folders: z.array(grantedFolderSchema), place: grantedFolderSchema }),
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
      exclusionOptions: exclusionOptionsSchema.optional(),
      cloudFiles: cloudPolicySchema.optional(),
    }),
    result: nothing,
  },

  /** Walks through the sources of a plan; `exclusions:previewed` events carry the id. */
  'exclusions:preview-start': {
    params: z.object({ planId: idSchema }),
    result: z.object({ previewId: idSchema }),
  },
  'exclusions:preview-stop': { params: z.object({ previewId: idSchema }), result: nothing },

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
  /** What would be backed up and left out, as far as it is known. `failed`: the walk could not be ended. */
  'exclusions:previewed': z.object({
    previewId: idSchema,
    state: z.enum(['running', 'done', 'failed']),
    preview: exclusionPreviewSchema,
  }),
} as const satisfies Record<EventName, z.ZodType>;

export type EventPayload<Name extends EventName> = z.infer<(typeof events)[Name]>;
