/** Where backups are stored: one encrypted repository each. */
import { z } from 'zod';
import { protectionSchema } from './protection.ts';

/** How the engine reaches a repository. What it needs to be let in are the `credentials`, which are kept apart. */
export const locationSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('local'), path: z.string().min(1) }),
  z.object({
    kind: z.literal('gdrive'),
    /** Folders below My Drive, joined by `/`. */
    path: z.string().min(1),
    /** Google's id of the last of them; null while it is not made, or looked up by name. */
    folderId: z.string().nullable(),
    /** Google's `permissionId` of the account: another account is another Drive. */
    accountId: z.string(),
    /** The OAuth client that made the files: to any other one Google shows nothing of them. */
    clientId: z.string(),
    /** For display. */
    accountName: z.string(),
  }),
  /** A folder in iCloud Drive on this computer, which the system brings to Apple by itself. */
  z.object({ kind: z.literal('icloud'), path: z.string().min(1) }),
  z.object({
    kind: z.literal('s3'),
    /** Root address of the service: `https://host[:port]`. */
    endpoint: z.url(),
    region: z.string().min(1),
    bucket: z.string().min(1),
    /** Without slashes at its ends; may be empty. */
    path: z.string(),
    /** The bucket is named in the path and not in the host: most services besides Amazon's. */
    pathStyle: z.boolean(),
  }),
]);
export const locationKindSchema = z.enum(['local', 'gdrive', 'icloud', 's3']);
export type Location = z.infer<typeof locationSchema>;
export type LocationOf<Kind extends Location['kind']> = Extract<Location, { readonly kind: Kind }>;

/** Where Google's servers are. Elsewhere than at Google only in tests, see `docs/destinations.md`. */
export const googleServersSchema = z.object({
  /** Root of API and uploads, with a slash at its end. */
  apiUrl: z.url(),
  authUrl: z.url(),
  tokenUrl: z.url(),
  revokeUrl: z.url(),
});
export type GoogleServers = z.infer<typeof googleServersSchema>;

/** Secret. Travels from the main process to the engine with each call, and is stored nowhere but in the keychain. */
export const credentialsSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('google'),
    clientId: z.string().min(1),
    clientSecret: z.string(),
    refreshToken: z.string().min(1),
    servers: googleServersSchema,
  }),
  z.object({
    kind: z.literal('s3'),
    accessKeyId: z.string().min(1),
    secretAccessKey: z.string().min(1),
  }),
]);
export type Credentials = z.infer<typeof credentialsSchema>;
export type CredentialsOf<Kind extends Credentials['kind']> = Extract<
  Credentials,
  { readonly kind: Kind }
>;

/** Everything that is needed to reach a repository's storage. Credentials are null for folders. */
export const placeSchema = z.object({
  location: locationSchema,
  credentials: credentialsSchema.nullable(),
});
export type Place = z.infer<typeof placeSchema>;

/** Room at a place, in bytes; null where that cannot be known. */
export const spaceSchema = z.object({
  freeBytes: z.number().nullable(),
  totalBytes: z.number().nullable(),
});
export type Space = z.infer<typeof spaceSchema>;

/** Bytes a second; null for no limit. */
export const bandwidthLimitsSchema = z.object({
  uploadBytesPerSecond: z.number().positive().nullable(),
  downloadBytesPerSecond: z.number().positive().nullable(),
});
export type BandwidthLimits = z.infer<typeof bandwidthLimitsSchema>;

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
