/** A restore is planned first and then executed exactly as previewed. */
import { z } from 'zod';

/** What happens to a file that is in the way. */
export const conflictPolicySchema = z.enum(['keep-both', 'skip', 'replace-if-older', 'replace']);
export type ConflictPolicy = z.infer<typeof conflictPolicySchema>;

export const conflictSchema = z.object({
  path: z.string(),
  existingSizeBytes: z.number(),
  existingModifiedAt: z.string(),
  archivedSizeBytes: z.number(),
  archivedModifiedAt: z.string(),
});

export const restorePreviewSchema = z.object({
  restorePlanId: z.string(),
  targetPath: z.string(),
  files: z.number(),
  directories: z.number(),
  /** Links, fifos, devices. */
  others: z.number(),
  bytes: z.number(),
  /** Without files that are already there with the right size and time or that the policy leaves alone. */
  bytesToWrite: z.number(),
  conflictCount: z.number(),
  /** The first hundred. */
  conflicts: z.array(conflictSchema),
  freeBytes: z.number().nullable(),
  enoughSpace: z.boolean(),
  /** Entries that cannot be restored here, with the reason. */
  warnings: z.array(z.object({ path: z.string(), reason: z.string() })),
});
export type RestorePreview = z.infer<typeof restorePreviewSchema>;
