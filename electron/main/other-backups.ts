/**
 * Entering a secret has three outcomes: it opens the backup; it is the secret of another backup that this computer can see, which is then
 * named; or it is not valid. Others are tried only after the right one has refused.
 */
import { timingSafeEqual } from 'node:crypto';
import { dirname } from 'node:path';
import { HoldfastError } from '../../shared/errors.ts';
import type { Unlocked } from '../../shared/ipc/engine-contract.ts';
import { placeText } from '../../shared/location-names.ts';
import type { Destination, Location } from '../../shared/model/destination.ts';
import { parseRecoveryKey } from '../../shared/recovery-key.ts';
import type { HandlerContext } from './handlers/context.ts';

export interface Wanted {
  readonly location: Location;
  /** null while it is not known which repository lies there. */
  readonly repositoryId: string | null;
  /** Just this slot counts. */
  readonly keyId?: string;
}

interface OtherBackup {
  readonly label: string;
  readonly fingerprint: string;
  /** RFC 3339 */
  readonly madeAt: string | null;
}

type Means = Pick<HandlerContext, 'engine' | 'model' | 'places' | 'secrets'>;

/** Deriving a key from a password costs half a second each. */
const MAX_TRIED = 8;

/**
 * @throws HoldfastError `secret/of-another-backup`, `secret/changed-elsewhere` when the wanted slot is gone, `repo/wrong-secret`, or what opening
 * throws; `repo/not-found` when another repository has taken the place of the wanted one
 */
export async function unlockOrExplain(
  means: Means,
  wanted: Wanted,
  secret: string,
): Promise<Unlocked> {
  const { location, repositoryId, keyId } = wanted;
  try {
    const unlocked = await means.engine.call('repository:unlock', {
      ...(await means.places.of(location)),
      secret,
      ...(keyId === undefined ? {} : { keyId }),
    });
    if (repositoryId !== null && unlocked.repositoryId !== repositoryId) {
      throw new HoldfastError('repo/not-found', { context: { path: placeText(location) } });
    }
    return unlocked;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    if (error.code === 'repo/key-not-found') {
      throw new HoldfastError('secret/changed-elsewhere', { cause: error });
    }
    if (error.code !== 'repo/wrong-secret') throw error;
    const other = await otherBackupOf(means, wanted, secret).catch(() => null);
    if (other === null) throw error;
    throw new HoldfastError('secret/of-another-backup', {
      context: {
        label: other.label,
        fingerprint: other.fingerprint,
        madeOn: other.madeAt?.slice(0, 10) ?? '?',
      },
      cause: error,
    });
  }
}

async function otherBackupOf(
  means: Means,
  { location, repositoryId }: Wanted,
  secret: string,
): Promise<OtherBackup | null> {
  // A former key of this very backup is not that of another one.
  const isThisOne = (known: Destination): boolean =>
    known.repositoryId === repositoryId || placeText(known.location) === placeText(location);
  const others = means.model.settings.destinations.filter((known) => !isThisOne(known));
  return (
    (await amongKeptKeys(means, others, secret)) ?? amongReachable(means, others, location, secret)
  );
}

/** Also where the destination cannot be reached now. */
async function amongKeptKeys(
  { secrets }: Means,
  others: readonly Destination[],
  secret: string,
): Promise<OtherBackup | null> {
  const parsed = parseRecoveryKey(secret);
  if (!parsed.ok) return null;
  const entered = Buffer.from(parsed.key, 'hex');
  for (const { repositoryId, label, fingerprint, createdAt } of others) {
    const kept = (await secrets.get(repositoryId))?.recoveryKey ?? null;
    if (kept !== null && timingSafeEqual(kept, entered)) {
      return { label, fingerprint, madeAt: createdAt };
    }
  }
  return null;
}

/** Known destinations, and what lies beside the wanted one. */
async function amongReachable(
  { engine, places }: Means,
  others: readonly Destination[],
  wanted: Location,
  secret: string,
): Promise<OtherBackup | null> {
  const around =
    wanted.kind === 'local' || wanted.kind === 'icloud'
      ? { ...wanted, path: dirname(wanted.path) }
      : wanted;
  const beside = await engine.call('repository:find', await places.of(around));
  const candidates = [
    ...others.map(({ location, label, createdAt }) => ({
      location,
      label,
      madeAt: createdAt,
    })),
    ...beside.map(({ location, name, keyCreatedAt }) => ({
      location,
      label: name,
      madeAt: keyCreatedAt,
    })),
  ];
  const tried = new Set([placeText(wanted)]);
  for (const { location, label, madeAt } of candidates) {
    if (tried.has(placeText(location)) || tried.size > MAX_TRIED) continue;
    tried.add(placeText(location));
    try {
      const { fingerprint } = await engine.call('repository:unlock', {
        ...(await places.of(location)),
        secret,
      });
      return { label, fingerprint, madeAt };
    } catch {
      // It does not open, or is not there: then it is not this one.
    }
  }
  return null;
}
