/** Whose secret a request means, and what an export needs to know about it. */
import { HoldfastError } from '../../shared/errors.ts';
import type { SecretSource } from '../../shared/ipc/contract.ts';
import { labelFor, placeText, resticPlace } from '../../shared/location-names.ts';
import type { Destination, Place } from '../../shared/model/destination.ts';
import type { SecretKind } from '../../shared/model/protection.ts';
import { normalizePassword } from '../../shared/password-rules.ts';
import type { HandlerContext } from './handlers/context.ts';

export interface SourceFacts {
  readonly kind: SecretKind;
  readonly fingerprint: string;
  readonly destinationLabel: string;
  /** Where the repository is, for people. */
  readonly place: string;
  /** The same as restic takes it after `-r`. */
  readonly resticPlace: string;
  /** The 64 digits, or the password if it was typed for the export; null otherwise. */
  readonly secret: string | null;
  /** The slot that it opens; null while that is not written. */
  readonly keyId: string | null;
  /** When the secret was made. */
  readonly madeAt: Date;
  /** It is to replace the one in force, and has not yet. */
  readonly isReplacement: boolean;
  /** Folders of a backup that is not made yet. */
  readonly sources: readonly string[];
}

/**
 * The same for what leaves Holdfast: a key that is stored does so only after the system was asked who is there.
 * @throws HoldfastError `secret/not-authenticated` besides
 */
export async function factsToTakeOut(
  context: HandlerContext,
  source: SecretSource,
): Promise<SourceFacts> {
  const facts = await factsOf(context, source);
  // What is being made is on the screen anyway; a password was typed just now.
  if (source.kind === 'destination' && facts.kind === 'key') await context.person.require();
  return facts;
}

/** @throws HoldfastError `secret/not-stored`, `repo/wrong-secret` for a password that does not open, `ipc/*` */
async function factsOf(context: HandlerContext, source: SecretSource): Promise<SourceFacts> {
  return source.kind === 'draft' ? ofDraft(context, source) : ofDestination(context, source);
}

function ofDraft(
  { drafts, grants, model }: HandlerContext,
  source: Extract<SecretSource, { readonly kind: 'draft' }>,
): SourceFacts {
  const { draftId, destinationGrant, sourceGrants, password } = source;
  const purpose = drafts.purposeOf(draftId);
  const key = drafts.keyOf(draftId);
  const location =
    purpose.kind === 'replacement'
      ? model.destination(purpose.destinationId).location
      : grants.location(destinationGrant ?? '', 'destination');
  return {
    kind: key === null ? 'password' : 'key',
    fingerprint: drafts.fingerprintOf(draftId),
    destinationLabel:
      purpose.kind === 'replacement'
        ? model.destination(purpose.destinationId).label
        : labelFor(location),
    place: placeText(location),
    resticPlace: resticPlace(location),
    keyId: null,
    madeAt: drafts.madeAt(draftId),
    isReplacement: purpose.kind === 'replacement',
    secret: key ?? (password === null ? null : normalizePassword(password)),
    sources: sourceGrants.map((grant) => grants.peek(grant, 'source')),
  };
}

async function ofDestination(
  { engine, model, places, secrets }: HandlerContext,
  { destinationId, password }: Extract<SecretSource, { readonly kind: 'destination' }>,
): Promise<SourceFacts> {
  const destination = model.destination(destinationId);
  const { protection, fingerprint, label, location, repositoryId, createdAt } = destination;
  // What is kept here was changed elsewhere: it opens nothing, and is nobody's key.
  if (model.isRefused(destinationId)) throw new HoldfastError('secret/required');
  const facts = {
    kind: protection.kind,
    fingerprint,
    destinationLabel: label,
    place: placeText(location),
    resticPlace: resticPlace(location),
    keyId: protection.keyId,
    madeAt: new Date(protection.changedAt ?? createdAt),
    isReplacement: false,
    sources: [],
  };
  if (protection.kind === 'key') {
    const stored = await secrets.get(repositoryId);
    const key = stored?.recoveryKey ?? null;
    if (stored === null || key === null) throw new HoldfastError('secret/not-stored');
    return { ...facts, keyId: stored.keyId, secret: Buffer.from(key).toString('hex') };
  }
  if (password === null) return { ...facts, secret: null };
  return {
    ...facts,
    secret: await openingForm(engine, await places.of(location), destination, password),
  };
}

/**
 * The very characters that open the slot in use. What was typed may be another form of the same letters (Unicode), which Holdfast understands and
 * other programs do not; and an entry with a mistyped password would be worse than none.
 */
async function openingForm(
  engine: HandlerContext['engine'],
  place: Place,
  { repositoryId, protection: { keyId } }: Destination,
  password: string,
): Promise<string> {
  const forms = new Set([normalizePassword(password), password]);
  for (const secret of forms) {
    try {
      const unlocked = await engine.call('repository:unlock', { ...place, secret, keyId });
      if (unlocked.repositoryId === repositoryId) return secret;
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      if (error.code === 'repo/key-not-found') {
        throw new HoldfastError('secret/changed-elsewhere', { cause: error });
      }
      if (error.code !== 'repo/wrong-secret') throw error;
    }
  }
  throw new HoldfastError('repo/wrong-secret');
}
