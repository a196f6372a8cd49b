/** Archives (restic snapshots) and what is in them, as the window and the command line see them. */
import { z } from 'zod';

export const archiveSchema = z.object({
  /** 64 hexadecimal digits */
  id: z.string(),
  /** The first 8 of them, as restic shows it. */
  shortId: z.string(),
  /** RFC 3339 with the writer's offset. */
  time: z.string(),
  hostname: z.string().nullable(),
  username: z.string().nullable(),
  /** Absolute paths that were backed up. */
  paths: z.array(z.string()),
  tags: z.array(z.string()),
  programVersion: z.string().nullable(),
  /** From the snapshot's summary; null where the writer did not record one. */
  totalFiles: z.number().nullable(),
  totalBytes: z.number().nullable(),
  bytesAdded: z.number().nullable(),
});
export type Archive = z.infer<typeof archiveSchema>;

/**
 * A place inside an archive: `/` and the names joined by `/`, each name quoted as in restic's trees, so that
 * names which are not valid UTF-8 survive. Made and read only by the engine; for others it is opaque.
 */
export const archivePathSchema = z.string().startsWith('/');

export const archiveEntrySchema = z.object({
  path: archivePathSchema,
  /** For the eye: undecodable bytes are shown as U+FFFD. */
  name: z.string(),
  type: z.enum(['file', 'dir', 'symlink', 'dev', 'chardev', 'fifo', 'socket']),
  /** Files only. */
  sizeBytes: z.number().nullable(),
  /** RFC 3339 */
  modifiedAt: z.string(),
  linkTarget: z.string().nullable(),
});
export type ArchiveEntry = z.infer<typeof archiveEntrySchema>;
