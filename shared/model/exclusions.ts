/** What a backup leaves out besides patterns, why an entry was left out, and what a preview of it says. */
import { z } from 'zod';

/** Lists that Holdfast knows by heart; what stands in them is in the engine's `exclusion-presets.ts`. */
export const exclusionPresetSchema = z.enum([
  'caches',
  'trash',
  'build-output',
  'virtual-machines',
]);
export type ExclusionPreset = z.infer<typeof exclusionPresetSchema>;

/** A folder that holds a file of this name is kept with that file alone. */
export const folderTagSchema = z.object({
  name: z.string().min(1).max(255),
  /** What the file must begin with; null when its name is enough. */
  header: z.string().max(1000).nullable(),
});
export type FolderTag = z.infer<typeof folderTagSchema>;

export const exclusionOptionsSchema = z.object({
  presets: z.array(exclusionPresetSchema).max(exclusionPresetSchema.options.length),
  tags: z.array(folderTagSchema).max(100),
  /** Larger files are left out; null: none for its size. */
  largerThanBytes: z.int().nonnegative().nullable(),
  /** What is mounted below a source is kept as an empty folder. */
  oneFileSystem: z.boolean(),
});
export type ExclusionOptions = z.infer<typeof exclusionOptionsSchema>;

export const exclusionReasonSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pattern'), pattern: z.string() }),
  z.object({ kind: z.literal('preset'), preset: exclusionPresetSchema }),
  z.object({ kind: z.literal('tag'), name: z.string() }),
  z.object({ kind: z.literal('size') }),
  /** Mounted there; not looked into, so its files and bytes are not known. */
  z.object({ kind: z.literal('file-system') }),
  /** Its bytes are in a cloud, and the plan does not fetch them. */
  z.object({ kind: z.literal('cloud') }),
  /** The backup itself, or Holdfast's own data. */
  z.object({
    kind: z.literal('place'),
    place: z.enum(['destination-inside-source', 'cache-inside-source']),
  }),
]);
export type ExclusionReason = z.infer<typeof exclusionReasonSchema>;

export const exclusionGroupSchema = z.object({
  reason: exclusionReasonSchema,
  /** Files and folders that a rule meets by themselves; what is in such a folder is not counted again here. */
  entries: z.number(),
  /** Everything but folders, also inside those. */
  files: z.number(),
  /** Of regular files. */
  bytes: z.number(),
});
export type ExclusionGroup = z.infer<typeof exclusionGroupSchema>;

/** Figures of a walk without a backup. */
export const exclusionPreviewSchema = z.object({
  /** What would be backed up. */
  files: z.number(),
  bytes: z.number(),
  /** Folders and entries that cannot be read: would be warnings, never counted among what is left out. */
  unreadable: z.number(),
  /** The largest first. */
  excluded: z.array(exclusionGroupSchema),
});
export type ExclusionPreview = z.infer<typeof exclusionPreviewSchema>;
