/** Places reach the main process as grants: unguessable tokens for what a dialog, a sign-in or a suggestion named. The page never names a path. */
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../shared/errors.ts';
import type { FolderPurpose } from '../../shared/ipc/contract.ts';
import { folderOf } from '../../shared/location-names.ts';
import type { Location } from '../../shared/model/destination.ts';

interface Grant {
  readonly location: Location;
  readonly purpose: FolderPurpose;
  expiresAtMs: number;
}

/** Since it was last looked at: a wizard may stand open over lunch. */
const LIFETIME_MS = 12 * 60 * 60 * 1000;

export class PathGrants {
  readonly #grants = new Map<string, Grant>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** `place`: a folder's path, or wherever a backup may lie. */
  issue(place: string | Location, purpose: FolderPurpose): string {
    const token = randomUUID();
    const location: Location = typeof place === 'string' ? { kind: 'local', path: place } : place;
    this.#grants.set(token, { location, purpose, expiresAtMs: this.#nowMs() + LIFETIME_MS });
    return token;
  }

  /** The folder's path, without using the grant up. Throws `ipc/grant-expired`, also when it was meant for another purpose. */
  peek(token: string, ...purposes: readonly FolderPurpose[]): string {
    const path = folderOf(this.location(token, ...purposes));
    if (path === null) throw expired(purposes);
    return path;
  }

  /** The same for a place that need not be a folder. */
  location(token: string, ...purposes: readonly FolderPurpose[]): Location {
    const grant = this.#grants.get(token);
    if (
      grant === undefined ||
      grant.expiresAtMs < this.#nowMs() ||
      !purposes.includes(grant.purpose)
    ) {
      throw expired(purposes);
    }
    grant.expiresAtMs = this.#nowMs() + LIFETIME_MS;
    return grant.location;
  }

  /** Uses grants up. To be called once all of them were peeked at and the request is sure to act. */
  consume(tokens: readonly string[]): void {
    for (const token of tokens) this.#grants.delete(token);
  }
}

function expired([purpose = 'source']: readonly FolderPurpose[]): HoldfastError {
  return new HoldfastError('ipc/grant-expired', { context: { purpose } });
}
