/** The secret that a person has chosen in a wizard: its form is checked here, whatever the page has shown. */
import { HoldfastError } from '../../shared/errors.ts';
import type { RequestParams } from '../../shared/ipc/contract.ts';
import type { Proof, SecretKind } from '../../shared/model/protection.ts';
import { normalizePassword } from '../../shared/password-rules.ts';
import type { HandlerContext } from './handlers/context.ts';
import { knownWords } from './handlers/protection.ts';

type Choice = RequestParams<'setup:finish'>['protection'];

export interface ChosenSecret {
  readonly kind: SecretKind;
  readonly secret: string;
  /** Empty when the proof was put off. */
  readonly proofs: Proof[];
}

/** @throws HoldfastError `secret/*`, `ipc/unknown-item` for a draft that is gone */
export async function chosenSecret(context: HandlerContext, choice: Choice): Promise<ChosenSecret> {
  const { drafts } = context;
  const at = new Date().toISOString();
  const { kind } = choice;
  if (kind === 'key') {
    const secret = drafts.keyOf(choice.draftId);
    if (secret === null) throw new HoldfastError('ipc/unknown-item', { context: { what: 'key' } });
    const how = drafts.provedBy(choice.draftId);
    if (how !== null) return { kind, secret, proofs: [{ at, how }] };
    if (!choice.proofPostponed) throw new HoldfastError('secret/required');
    return { kind, secret, proofs: [] };
  }
  const { ratePassword } = await import('../keys/password-strength.ts');
  const { problem } = ratePassword(choice.password, knownWords(context));
  if (problem !== null) throw new HoldfastError(problem);
  const secret = normalizePassword(choice.password);
  if (choice.retyped === null) return { kind, secret, proofs: [] };
  if (normalizePassword(choice.retyped) !== secret) throw new HoldfastError('secret/mismatch');
  return { kind, secret, proofs: [{ at, how: 'retyped' }] };
}
