/** How a backup is protected, and when the person last proved to have the secret. Nothing here is secret. */
import { z } from 'zod';

export const secretKindSchema = z.enum(['key', 'password']);
/** `key`: the 64-digit key that Holdfast makes. `password`: chosen by the person. */
export type SecretKind = z.infer<typeof secretKindSchema>;

export const proofSchema = z.object({
  at: z.iso.datetime(),
  how: z.enum(['pasted', 'three-groups', 'retyped', 'unlocked']),
});
export type Proof = z.infer<typeof proofSchema>;

export const protectionSchema = z.object({
  kind: secretKindSchema,
  /** Name of the key file (slot) in use. */
  keyId: z.string(),
  /** Of the secret in use. Newest last; empty means the standing warning on Status. */
  proofs: z.array(proofSchema),
  /** When the secret was last replaced; null while it is the first one. */
  changedAt: z.iso.datetime().nullable().default(null),
  /** The slot that is to replace it, noted before it is written: a change has begun on this computer, and may have been cut off. */
  changingTo: z.string().nullable().default(null),
  /** A slot that a change has replaced and that is still to be removed: until then the old secret opens, too. */
  retiringKeyId: z.string().nullable().default(null),
  /** "Remind me later": no reminder before this. */
  remindAfter: z.iso.datetime().nullable().default(null),
});
export type Protection = z.infer<typeof protectionSchema>;
