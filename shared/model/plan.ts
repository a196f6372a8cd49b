/** What is backed up, and where to. */
import { z } from 'zod';

/** Files whose bytes are in a cloud and not on this computer: left out and listed, or downloaded first. */
export const cloudPolicySchema = z.enum(['skip', 'fetch']);

export const planSchema = z.object({
  id: z.uuid(),
  name: z.string().min(1),
  /** Absolute paths. */
  sources: z.array(z.string().min(1)).min(1),
  excludes: z.array(z.string()),
  cloudFiles: cloudPolicySchema.default('skip'),
  destinationId: z.uuid(),
  createdAt: z.iso.datetime(),
  /** When folders were last added; null when none were. An archive from before does not hold them. */
  foldersAddedAt: z.iso.datetime().nullable().default(null),
});
export type Plan = z.infer<typeof planSchema>;
