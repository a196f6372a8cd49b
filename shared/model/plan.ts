/** What is backed up, and where to. */
import { z } from 'zod';
import { noExclusionOptions } from './exclusion-options.ts';
import { exclusionOptionsSchema } from './exclusions.ts';

/** Files whose bytes are in a cloud and not on this computer: left out and listed, or downloaded first. */
export const cloudPolicySchema = z.enum(['skip', 'fetch']);

const currentPlanSchema = z.object({
  id: z.uuid(),
  name: z.string().min(1),
  /** Absolute paths. */
  sources: z.array(z.string().min(1)).min(1),
  /** Patterns as gitignore has them; see the engine's `exclude-patterns.ts`. */
  excludes: z.array(z.string()),
  exclusionOptions: exclusionOptionsSchema,
  cloudFiles: cloudPolicySchema.default('skip'),
  destinationId: z.uuid(),
  createdAt: z.iso.datetime(),
  /** When folders were last added; null when none were. An archive from before does not hold them. */
  foldersAddedAt: z.iso.datetime().nullable().default(null),
});

/** Takes plans of earlier versions, and makes them say in today's words what they said then. */
export const planSchema = z.preprocess(upgraded, currentPlanSchema);
export type Plan = z.infer<typeof planSchema>;

const firstPlanSchema = z.looseObject({
  excludes: z.array(z.string()),
  exclusionOptions: z.undefined().optional(),
});

/**
 * Before there were options, patterns knew no classes, no negation, no remarks and no `\`: those signs stood for themselves. Such a plan gets
 * no presets, so that nothing begins to be left out by itself.
 */
function upgraded(stored: unknown): unknown {
  const first = firstPlanSchema.safeParse(stored);
  if (!first.success) return stored;
  return {
    ...first.data,
    excludes: first.data.excludes.map(withoutNewMeaning),
    exclusionOptions: noExclusionOptions,
  };
}

function withoutNewMeaning(pattern: string): string {
  const isWindowsPath = /^[a-z]:\\/iu.test(pattern);
  return (isWindowsPath ? pattern : pattern.replaceAll('\\', '\\\\'))
    .replaceAll('[', '[[]')
    .replace(/^[#!]/u, '\\$&');
}
