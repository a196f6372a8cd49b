/** Where backups are stored: one encrypted repository each. */
import { z } from 'zod';
import { protectionSchema } from './protection.ts';

/** How the engine reaches a repository. Further kinds join this union. */
export const locationSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('local'), path: z.string().min(1) }),
]);
export type Location = z.infer<typeof locationSchema>;

export const destinationSchema = z.object({
  id: z.uuid(),
  location: locationSchema,
  /** What the person calls it; the folder's name at first. */
  label: z.string().min(1),
  repositoryId: z.string(),
  /** First 8 digits of the SHA-256 of the stored `config` file. Not secret. */
  fingerprint: z.string(),
  protection: protectionSchema,
  createdAt: z.iso.datetime(),
});
export type Destination = z.infer<typeof destinationSchema>;

/** What can be seen at a place before anything is unlocked. */
export const inspectionSchema = z.object({
  state: z.enum(['absent', 'empty', 'repository', 'other-files', 'unreachable']),
  writable: z.boolean(),
  freeBytes: z.number().nullable(),
  fingerprint: z.string().nullable(),
  /** RFC 3339 */
  keyCreatedAt: z.string().nullable(),
  newestFileAt: z.string().nullable(),
});
export type Inspection = z.infer<typeof inspectionSchema>;
