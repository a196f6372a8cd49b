/** Folders reach the main process as grants: unguessable tokens for what a dialog or a suggestion named. The page never names a path. */
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../shared/errors.ts';
import type { FolderPurpose } from '../../shared/ipc/contract.ts';

interface Grant {
  readonly path: string;
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

  issue(path: string, purpose: FolderPurpose): string {
    const token = randomUUID();
    this.#grants.set(token, { path, purpose, expiresAtMs: this.#nowMs() + LIFETIME_MS });
    return token;
  }

  /** The path, without using the grant up. Throws `ipc/grant-expired`, also when it was meant for another purpose. */
  peek(token: string, ...purposes: readonly FolderPurpose[]): string {
    const grant = this.#grants.get(token);
    if (
      grant === undefined ||
      grant.expiresAtMs < this.#nowMs() ||
      !purposes.includes(grant.purpose)
    ) {
      const purpose = purposes[0] ?? 'source';
      throw new HoldfastError('ipc/grant-expired', { context: { purpose } });
    }
    grant.expiresAtMs = this.#nowMs() + LIFETIME_MS;
    return grant.path;
  }

  /** Uses grants up. To be called once all of them were peeked at and the request is sure to act. */
  consume(tokens: readonly string[]): void {
    for (const token of tokens) this.#grants.delete(token);
  }
}
