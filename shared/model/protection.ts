/** How a backup is protected, and when the person last proved to have the secret. Nothing here is secret. */
import { z } from 'zod';

export const secretKindSchema = z.enum(['key', 'password']);
/** `key`: the 64-digit key that Holdfast makes. `password`: chosen by the person. */
export type SecretKind = z.infer<typeof secretKindSchema>;

export const proofSchema = z.object({
  at: z.iso.datetime(),
  how: z.enum(['pasted', 'three-groups', 'retyped', 'unlocked']),
});

export const protectionSchema = z.object({
  kind: secretKindSchema,
  /** Name of the key file (slot) in use. */
  keyId: z.string(),
  /** Newest last; empty means the standing warning on Status. */
  proofs: z.array(proofSchema),
});
