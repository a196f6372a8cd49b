/** Places that must never be backed up: the destination itself, the app's own data. */
import { stat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import type { WarningReason } from '../../../shared/model/job.ts';
import { pathBytes } from '../native/path-bytes.ts';
import { systemCode } from '../native/system-failure.ts';

export interface ExcludedPlace {
  /** Absolute. */
  readonly path: string;
  /** Said of it in the report; both are only informational. */
  readonly reason: Extract<WarningReason, 'destination-inside-source' | 'cache-inside-source'>;
}

export interface LocatedPlace extends ExcludedPlace {
  readonly bytes: Buffer;
  readonly identity: string | null;
}

/** Recognises places by device and inode too, so that a link on the way to them does not hide them. */
export class ExcludedPlaces {
  /** May be sent to another thread, and made to what it is there again. */
  readonly places: readonly LocatedPlace[];

  constructor(places: readonly LocatedPlace[]) {
    this.places = places;
  }

  static async locate(places: readonly ExcludedPlace[]): Promise<ExcludedPlaces> {
    return new ExcludedPlaces(
      await Promise.all(
        places.map(async (place) => {
          const bytes = pathBytes(place.path);
          return { ...place, bytes, identity: await identityAt(bytes) };
        }),
      ),
    );
  }

  /** null when the entry may be backed up. */
  reasonFor(path: Buffer, entry: BigIntStats): ExcludedPlace['reason'] | null {
    if (this.places.length === 0) return null;
    const identity = identityOf(entry);
    const found = this.places.find(
      (place) => place.bytes.equals(path) || (identity !== null && place.identity === identity),
    );
    return found?.reason ?? null;
  }
}

async function identityAt(path: Buffer): Promise<string | null> {
  try {
    return identityOf(await stat(path, { bigint: true }));
  } catch (error) {
    // What does not exist (yet) is known by its path alone.
    if (systemCode(error) === null) throw error;
    return null;
  }
}

function identityOf(entry: BigIntStats): string | null {
  return entry.isDirectory() && entry.ino !== 0n ? `${entry.dev}:${entry.ino}` : null;
}
