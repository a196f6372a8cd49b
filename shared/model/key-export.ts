/** Exports of the secret: the forms that exist, and the plaintext files that are watched until they are gone. */
import { z } from 'zod';

export const exportFormSchema = z.enum([
  'bitwarden-encrypted',
  'kdbx',
  'bitwarden-json',
  'bitwarden-csv',
  '1password-csv',
  'keepass-csv',
  'apple-csv',
  'chrome-csv',
  'firefox-csv',
  'dashlane-csv',
  'proton-csv',
]);
export type ExportForm = z.infer<typeof exportFormSchema>;

/** Written under a password that the person sets for the file. All others are readable by anybody who finds them. */
export const encryptedForms: ReadonlySet<ExportForm> = new Set(['bitwarden-encrypted', 'kdbx']);

export const managerProgramSchema = z.enum(['op', 'bw']);
export type ManagerProgram = z.infer<typeof managerProgramSchema>;

/** A file that holds the secret in clear, such as a CSV or a saved recovery kit, until it is gone. */
export const plaintextExportSchema = z.object({
  id: z.uuid(),
  /** Absolute. */
  path: z.string().min(1),
  kind: z.enum(['manager-file', 'recovery-kit']),
  fingerprint: z.string(),
  writtenAt: z.iso.datetime(),
  /** Of the secret that was being made when it was written; null for one that was in use. */
  draftId: z.string().nullable().default(null),
  /** The slot that the secret in it opens; null while that is not written, or is not known. */
  keyId: z.string().nullable().default(null),
  /** The secret in it was replaced since then, or never came into force. */
  opensNothing: z.boolean().default(false),
});
export type PlaintextExport = z.infer<typeof plaintextExportSchema>;
