/** Keeping and removing archives, and giving their room back: rules, plans and outcomes as the window, the command line and the engine talk of them. */
import { z } from 'zod';

/** An archive with this tag is kept by every rule, until it is removed by name. */
export const PINNED_TAG = 'pinned';

/** 0 is the same as leaving the rule out. Negative counts are refused: restic 0.14 takes them for "keep nothing". */
const keepCountSchema = z.union([z.number().int().nonnegative(), z.literal('unlimited')]);
export type KeepCount = z.infer<typeof keepCountSchema>;

/** A span of the calendar: a month is as long as it is. All zero is the same as leaving the rule out. */
const keepSpanSchema = z.object({
  years: z.number().int().nonnegative(),
  months: z.number().int().nonnegative(),
  days: z.number().int().nonnegative(),
  hours: z.number().int().nonnegative(),
});
export type KeepSpan = z.infer<typeof keepSpanSchema>;

/** An archive is kept when any of the rules says so. */
export const keepRulesSchema = z.object({
  last: keepCountSchema.optional(),
  hourly: keepCountSchema.optional(),
  daily: keepCountSchema.optional(),
  weekly: keepCountSchema.optional(),
  monthly: keepCountSchema.optional(),
  yearly: keepCountSchema.optional(),
  /** Everything younger than this, seen from the newest archive of the group. */
  within: keepSpanSchema.optional(),
  withinHourly: keepSpanSchema.optional(),
  withinDaily: keepSpanSchema.optional(),
  withinWeekly: keepSpanSchema.optional(),
  withinMonthly: keepSpanSchema.optional(),
  withinYearly: keepSpanSchema.optional(),
  /** Archives that have all tags of one of the lists. The empty tag stands for "no tags at all". */
  tags: z.array(z.array(z.string())).optional(),
  /** Ids, or the beginnings of them; each must name one archive. */
  ids: z.array(z.string().min(1)).optional(),
});
export type KeepRules = z.infer<typeof keepRulesSchema>;

export const groupBySchema = z.array(z.enum(['host', 'paths', 'tags']));
export type GroupBy = z.infer<typeof groupBySchema>;

/** Only archives that match are looked at; the others stay. An empty list matches all. */
export const archiveFilterSchema = z.object({
  /** Any of these. */
  hosts: z.array(z.string()).default([]),
  /** Any of the lists, and all tags of it. */
  tags: z.array(z.array(z.string())).default([]),
  /** All of these. */
  paths: z.array(z.string()).default([]),
});
export type ArchiveFilter = z.infer<typeof archiveFilterSchema>;

export const forgetRequestSchema = z.object({
  rules: keepRulesSchema,
  groupBy: groupBySchema.default(['host', 'paths']),
  filter: archiveFilterSchema.default({ hosts: [], tags: [], paths: [] }),
  /** Only says what would be removed. */
  dryRun: z.boolean(),
});
export type ForgetRequest = z.infer<typeof forgetRequestSchema>;

const forgetDecisionSchema = z.object({
  id: z.string(),
  /** RFC 3339 with the writer's offset. */
  time: z.string(),
  hostname: z.string().nullable(),
  paths: z.array(z.string()),
  tags: z.array(z.string()),
  keep: z.boolean(),
  /** Why it is kept, in restic's words (`daily snapshot`); empty when it is removed. */
  reasons: z.array(z.string()),
});

export const forgetResultSchema = z.object({
  kind: z.literal('forget'),
  dryRun: z.boolean(),
  /** Empty when archives were named. */
  groups: z.array(
    z.object({
      /** What the archives have in common; null for what they were not grouped by. */
      hostname: z.string().nullable(),
      paths: z.array(z.string()).nullable(),
      tags: z.array(z.string()).nullable(),
      /** Newest first. */
      archives: z.array(forgetDecisionSchema),
    }),
  ),
  /** With `dryRun` those that would be. Their room is given back by the next prune. */
  removedIds: z.array(z.string()),
  durationMs: z.number(),
});
export type ForgetResult = z.infer<typeof forgetResultSchema>;

/** How much of a backup may be bytes that no archive needs, once it is pruned. Less costs more rewriting. */
export const maxUnusedSchema = z.discriminatedUnion('kind', [
  /** Of all bytes after pruning. */
  z.object({ kind: z.literal('percent'), percent: z.number().min(0).max(100) }),
  z.object({ kind: z.literal('bytes'), bytes: z.number().nonnegative() }),
  z.object({ kind: z.literal('unlimited') }),
]);
export type MaxUnused = z.infer<typeof maxUnusedSchema>;

export const pruneRequestSchema = z.object({
  maxUnused: maxUnusedSchema.default({ kind: 'percent', percent: 5 }),
  /** Bytes of packs that are rewritten at most; the rest waits for the next time. */
  maxRepackBytes: z.number().nonnegative().nullable().default(null),
  /** Also gather packs below four fifths of the usual size. */
  repackSmall: z.boolean().default(false),
  /** Only says what would be done. */
  dryRun: z.boolean(),
  /** With `dryRun`: as if these archives had been removed. */
  withoutSnapshots: z.array(z.string()).default([]),
});
export type PruneRequest = z.infer<typeof pruneRequestSchema>;

export const pruneResultSchema = z.object({
  kind: z.literal('prune'),
  dryRun: z.boolean(),
  packs: z.object({
    kept: z.number(),
    /** Rewritten without what is not needed. */
    repacked: z.number(),
    /** Nothing in them was needed. */
    removed: z.number(),
    /** No index named them: left over from runs that were cut off. */
    unindexed: z.number(),
    /** Named by the index, not needed, and not there. */
    missing: z.number(),
  }),
  bytes: z.object({
    /** Of all packs, before. */
    before: z.number(),
    /** That archives need. */
    used: z.number(),
    /** Of the packs that are rewritten. */
    repacked: z.number(),
    /** Given back; with `dryRun` about so many. */
    freed: z.number(),
    /** Left in packs though nothing needs them. */
    unusedAfter: z.number(),
  }),
  durationMs: z.number(),
});
export type PruneResult = z.infer<typeof pruneResultSchema>;

export const repairIndexResultSchema = z.object({
  kind: z.literal('repair-index'),
  /** No readable index named them. */
  packsAdded: z.number(),
  /** What the index said of them was wrong. */
  packsCorrected: z.number(),
  /** Named by the index and not there: what only they held is lost. */
  packsDropped: z.number(),
  /** Their own table of contents cannot be read; what an index says of them was left as it is. */
  unreadablePacks: z.array(z.string()),
  indexesDamaged: z.number(),
  indexesWritten: z.number(),
  indexesRemoved: z.number(),
  durationMs: z.number(),
});
export type RepairIndexResult = z.infer<typeof repairIndexResultSchema>;
