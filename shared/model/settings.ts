/** The settings file, version 1: several plans and several destinations from the first day. No secrets. */
import { z } from 'zod';
import { bandwidthLimitsSchema, destinationSchema } from './destination.ts';
import { plaintextExportSchema } from './key-export.ts';
import { planSchema } from './plan.ts';

export const themeSchema = z.enum(['system', 'light', 'dark']);
export const languageSchema = z.enum(['system', 'en', 'de']);

export const SETTINGS_VERSION = 1;

export const NO_LIMITS = { uploadBytesPerSecond: null, downloadBytesPerSecond: null };

export const settingsSchema = z.object({
  version: z.literal(SETTINGS_VERSION),
  theme: themeSchema,
  language: languageSchema,
  destinations: z.array(destinationSchema),
  plans: z.array(planSchema),
  /** Files with a secret in clear, watched until they are gone. */
  exports: z.array(plaintextExportSchema).default([]),
  bandwidth: bandwidthLimitsSchema.default(NO_LIMITS),
});
export type Settings = z.infer<typeof settingsSchema>;
