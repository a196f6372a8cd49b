/** Runs as the window, the command line and the engine talk of them: state, progress, outcome. */
import { z } from 'zod';

export const jobKindSchema = z.enum(['backup', 'restore', 'check']);
export type JobKind = z.infer<typeof jobKindSchema>;

export const jobStateSchema = z.enum([
  'queued',
  'running',
  'paused',
  'cancelling',
  'succeeded',
  /** Finished, and the archive is whole, but some source files could not be read. */
  'warnings',
  'failed',
  'cancelled',
  /** The engine process or the app ended in the middle; nothing is lost, running again continues. */
  'interrupted',
]);
export type JobState = z.infer<typeof jobStateSchema>;

export const jobPhaseSchema = z.enum(['preparing', 'scanning', 'transferring', 'finishing']);

/** Why a run makes no headway at the moment, though nobody has paused it. It goes on by itself. */
export const waitReasonSchema = z.enum([
  'offline',
  'slow-down',
  'server-trouble',
  /** What may be sent or asked in a day is used up. */
  'day-limit',
  /** A disk that is not connected. */
  'destination-away',
  'icloud-off',
  /** The storage does not let Holdfast in until the person has signed in anew. */
  'sign-in',
]);
export type WaitReason = z.infer<typeof waitReasonSchema>;

export const progressSchema = z.object({
  phase: jobPhaseSchema,
  filesDone: z.number().int().nonnegative(),
  /** null while still being counted */
  filesTotal: z.number().int().nonnegative().nullable(),
  bytesDone: z.number().int().nonnegative(),
  bytesTotal: z.number().int().nonnegative().nullable(),
  /** Smoothed over the last seconds; null until there is something to say. */
  bytesPerSecond: z.number().nonnegative().nullable(),
  /** A range, because a single figure would pretend to know. */
  secondsLeft: z.object({ low: z.number(), high: z.number() }).nullable(),
  currentPath: z.string().nullable(),
});
export type Progress = z.infer<typeof progressSchema>;

/** Why one file was left out or restored incompletely. A value, not an error: the run goes on. */
export const warningReasonSchema = z.enum([
  'permission-denied',
  'vanished',
  'unreadable',
  'changed-while-reading',
  'unsupported-type',
  'metadata-not-restored',
  'damaged',
  'unsafe-name',
  'destination-inside-source',
  'cache-inside-source',
  /** Its bytes are in a cloud and not on this computer. */
  'cloud-only',
]);
export type WarningReason = z.infer<typeof warningReasonSchema>;

export const warningSchema = z.object({
  path: z.string(),
  reason: warningReasonSchema,
  /** The operating system's word, for the technical detail: `EACCES`, … */
  detail: z.string().nullable(),
});
export type Warning = z.infer<typeof warningSchema>;

/** Reasons that only inform: they do not turn "succeeded" into "completed with warnings". */
export const informationalReasons: readonly WarningReason[] = [
  'destination-inside-source',
  'cache-inside-source',
  'cloud-only',
];

const warningsShape = {
  /** At most `MAX_LISTED_WARNINGS`; `warningCount` is the true number. */
  warnings: z.array(warningSchema),
  /** Warnings that count (see `informationalReasons`). */
  warningCount: z.number().int().nonnegative(),
};
export const MAX_LISTED_WARNINGS = 1000;

export const backupResultSchema = z.object({
  kind: z.literal('backup'),
  snapshotId: z.string(),
  parentId: z.string().nullable(),
  filesNew: z.number(),
  filesChanged: z.number(),
  filesUnmodified: z.number(),
  dirsNew: z.number(),
  dirsChanged: z.number(),
  dirsUnmodified: z.number(),
  dataBlobs: z.number(),
  treeBlobs: z.number(),
  /** Bytes before compression that were new to the repository. */
  bytesAdded: z.number(),
  /** The same as stored. */
  bytesAddedPacked: z.number(),
  /** By a rule, which is no failure; a folder counts once, whatever is in it. Runs of earlier versions did not count them. */
  entriesLeftOut: z.number().default(0),
  filesProcessed: z.number(),
  bytesProcessed: z.number(),
  durationMs: z.number(),
  ...warningsShape,
});
export type BackupResult = z.infer<typeof backupResultSchema>;

export const restoreResultSchema = z.object({
  kind: z.literal('restore'),
  targetPath: z.string(),
  filesRestored: z.number(),
  bytesRestored: z.number(),
  /** Left as they were by the conflict policy. */
  filesSkipped: z.number(),
  /** Already there with the right content. */
  filesAlreadyRight: z.number(),
  /** Existing files that were kept under their name while the restored one got a new name. */
  filesKeptBoth: z.number(),
  directoriesRestored: z.number(),
  otherRestored: z.number(),
  durationMs: z.number(),
  ...warningsShape,
});
export type RestoreResult = z.infer<typeof restoreResultSchema>;

export const checkFindingSchema = z.object({
  severity: z.enum(['error', 'hint']),
  /** The format's word for the thing: pack, index, snapshot, tree, blob. */
  subject: z.enum(['pack', 'index', 'snapshot', 'tree', 'blob', 'lock', 'key']),
  id: z.string(),
  message: z.string(),
});
export type CheckFinding = z.infer<typeof checkFindingSchema>;

/** Which packs a check reads when it does not read all: a fixed part, so that t runs read everything, or random ones. */
export const readDataSubsetSchema = z.discriminatedUnion('kind', [
  /** Part n of t, by the first byte of the packs' names. */
  z.object({
    kind: z.literal('part'),
    part: z.number().int().min(1).max(256),
    of: z.number().int().min(1).max(256),
  }),
  z.object({ kind: z.literal('percent'), percent: z.number().positive().max(100) }),
  z.object({ kind: z.literal('bytes'), bytes: z.number().positive() }),
]);
export type ReadDataSubset = z.infer<typeof readDataSubsetSchema>;

export const checkResultSchema = z.object({
  kind: z.literal('check'),
  /** All packs were read. */
  readData: z.boolean(),
  packsChecked: z.number(),
  bytesRead: z.number(),
  snapshotsChecked: z.number(),
  errorCount: z.number(),
  findings: z.array(checkFindingSchema),
  durationMs: z.number(),
});
export type CheckResult = z.infer<typeof checkResultSchema>;

export const jobResultSchema = z.discriminatedUnion('kind', [
  backupResultSchema,
  restoreResultSchema,
  checkResultSchema,
]);
export type JobResult = z.infer<typeof jobResultSchema>;

export const wireErrorSchema = z.object({
  code: z.string(),
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  retry: z.enum(['now', 'later', 'never']),
  causes: z.array(z.string()),
});

export const jobSchema = z.object({
  id: z.string(),
  kind: jobKindSchema,
  planId: z.string().nullable(),
  destinationId: z.string(),
  state: jobStateSchema,
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  progress: progressSchema.nullable(),
  waiting: waitReasonSchema.nullable().default(null),
  /** What made it wait, where it had to begin anew; and when it does, if by the clock. */
  waitError: wireErrorSchema.nullable().default(null),
  triesAgainAt: z.iso.datetime().nullable().default(null),
  result: jobResultSchema.nullable(),
  error: wireErrorSchema.nullable(),
});
export type Job = z.infer<typeof jobSchema>;
