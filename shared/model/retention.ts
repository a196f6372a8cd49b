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
