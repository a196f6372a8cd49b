/** Whose secret a request means, and what an export needs to know about it. */
import { basename } from 'node:path';
import { HoldfastError } from '../../shared/errors.ts';
import type { SecretSource } from '../../shared/ipc/contract.ts';
import type { SecretKind } from '../../shared/model/protection.ts';
import { normalizePassword } from '../../shared/password-rules.ts';
import type { HandlerContext } from './handlers/context.ts';

export interface SourceFacts {
  readonly kind: SecretKind;
  readonly fingerprint: string;
  readonly destinationLabel: string;
  /** Where the repository is, as restic would write it. */
  readonly place: string;
  /** The 64 digits, or the password if it was typed for the export; null otherwise. */
  readonly secret: string | null;
  /** Folders of a backup that is not made yet. */
  readonly sources: readonly string[];
}

/** @throws HoldfastError `secret/not-stored`, `repo/wrong-secret` for a password that does not open, `ipc/*` */
export async function factsOf(context: HandlerContext, source: SecretSource): Promise<SourceFacts> {
  return source.kind === 'draft' ? ofDraft(context, source) : ofDestination(context, source);
}

function ofDraft(
  { drafts, grants, model }: HandlerContext,
  source: Extract<SecretSource, { readonly kind: 'draft' }>,
): SourceFacts {
  const { draftId, destinationGrant, sourceGrants, password } = source;
  const purpose = drafts.purposeOf(draftId);
  const key = drafts.keyOf(draftId);
  const path =
    purpose.kind === 'replacement'
      ? model.destination(purpose.destinationId).location.path
      : grants.peek(destinationGrant ?? '', 'destination');
  return {
    kind: key === null ? 'password' : 'key',
    fingerprint: drafts.fingerprintOf(draftId),
    destinationLabel:
      purpose.kind === 'replacement'
        ? model.destination(purpose.destinationId).label
        : basename(path) || path,
    place: path,
    secret: key ?? (password === null ? null : normalizePassword(password)),
    sources: sourceGrants.map((grant) => grants.peek(grant, 'source')),
  };
}

async function ofDestination(
  { engine, model, secrets }: HandlerContext,
  { destinationId, password }: Extract<SecretSource, { readonly kind: 'destination' }>,
): Promise<SourceFacts> {
  const { protection, fingerprint, label, location, repositoryId } =
    model.destination(destinationId);
  const facts = {
    kind: protection.kind,
    fingerprint,
    destinationLabel: label,
    place: location.path,
    sources: [],
  };
  if (protection.kind === 'key') {
    const key = (await secrets.get(repositoryId))?.recoveryKey ?? null;
    if (key === null) throw new HoldfastError('secret/not-stored');
    return { ...facts, secret: Buffer.from(key).toString('hex') };
  }
  if (password === null) return { ...facts, secret: null };
  // An entry with a mistyped password would be worse than none.
  const unlocked = await engine.call('repository:unlock', { location, secret: password });
  if (unlocked.repositoryId !== repositoryId) throw new HoldfastError('repo/wrong-secret');
  return { ...facts, secret: password };
}
