/**
 * Secrets that are being made: a key, or room for a password, for a new backup or to replace a destination's secret. They live here, keys
 * as bytes, until they are used or discarded. The proof that a key was saved is judged here, so that the page needs no copy to compare with.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { HoldfastError } from '../../shared/errors.ts';
import type { KeyDraft } from '../../shared/ipc/contract.ts';
import type { PreparedRepository } from '../../shared/ipc/engine-contract.ts';
import type { SecretKind } from '../../shared/model/protection.ts';
import { judgeProof, pickGroups, type JudgedProof, type KeyProof } from './key-proof.ts';

const KEY_BYTES = 32;

/** What a secret is made for. */
export type DraftPurpose =
  /** A repository that is not written yet. */
  | { readonly kind: 'new-backup'; readonly prepared: PreparedRepository }
  | { readonly kind: 'replacement'; readonly destinationId: string };

interface Draft {
  /** null in password mode. */
  readonly bytes: Buffer | null;
  readonly fingerprint: string;
  readonly madeAt: Date;
  readonly purpose: DraftPurpose;
  readonly askedGroups: readonly number[];
  provedBy: KeyProof['how'] | null;
  /** Something is being made of it: it cannot be discarded or claimed again. */
  isClaimed: boolean;
  /** Discarded while it was claimed. */
  isUnwanted: boolean;
}

export class KeyDrafts {
  readonly #drafts = new Map<string, Draft>();

  make(kind: SecretKind, fingerprint: string, purpose: DraftPurpose): KeyDraft {
    const draftId = randomUUID();
    const askedGroups = kind === 'key' ? pickGroups() : [];
    const bytes = kind === 'key' ? randomBytes(KEY_BYTES) : null;
    this.#drafts.set(draftId, {
      bytes,
      fingerprint,
      madeAt: new Date(),
      purpose,
      askedGroups,
      provedBy: null,
      isClaimed: false,
      isUnwanted: false,
    });
    return { draftId, kind, fingerprint, askedGroups };
  }

  /** The 64 digits; null in password mode. Throws `ipc/unknown-item`. */
  keyOf(draftId: string): string | null {
    return this.#find(draftId).bytes?.toString('hex') ?? null;
  }

  fingerprintOf(draftId: string): string {
    return this.#find(draftId).fingerprint;
  }

  madeAt(draftId: string): Date {
    return this.#find(draftId).madeAt;
  }

  purposeOf(draftId: string): DraftPurpose {
    return this.#find(draftId).purpose;
  }

  /** For the one request that makes something of it. Throws `ipc/unknown-item`, also while another request has it. */
  claim(draftId: string): DraftPurpose {
    const draft = this.#find(draftId);
    if (draft.isClaimed) throw unknownDraft();
    draft.isClaimed = true;
    return draft.purpose;
  }

  /** It came to nothing: the person may try again. */
  release(draftId: string): void {
    const draft = this.#drafts.get(draftId);
    if (draft === undefined) return;
    draft.isClaimed = false;
    if (draft.isUnwanted) this.spend(draftId);
  }

  /** It was used, and is overwritten. */
  spend(draftId: string): void {
    const draft = this.#drafts.get(draftId);
    draft?.bytes?.fill(0);
    if (draft?.purpose.kind === 'new-backup') draft.purpose.prepared.masterKey.fill(0);
    this.#drafts.delete(draftId);
  }

  /** Something may still come of it. */
  isAlive(draftId: string): boolean {
    return this.#drafts.has(draftId);
  }

  /** How the key was proved to be saved, or null. */
  provedBy(draftId: string): KeyProof['how'] | null {
    return this.#find(draftId).provedBy;
  }

  /** Groups count from 1; those that differ are named. Of a pasted text that is not a whole key none can be named. */
  prove(draftId: string, proof: KeyProof): JudgedProof {
    const draft = this.#find(draftId);
    const key = draft.bytes?.toString('hex');
    if (key === undefined) return { proved: false, wrongGroups: [] };
    const judged = judgeProof(key, proof, draft.askedGroups);
    if (judged.proved) draft.provedBy = proof.how;
    return judged;
  }

  /** The page needs it no more. A draft that is not known is fine; one that is claimed goes when it has served. */
  discard(draftId: string): void {
    const draft = this.#drafts.get(draftId);
    if (draft?.isClaimed === true) draft.isUnwanted = true;
    else this.spend(draftId);
  }

  discardAll(): void {
    for (const draftId of this.#drafts.keys()) this.discard(draftId);
  }

  #find(draftId: string): Draft {
    const draft = this.#drafts.get(draftId);
    if (draft === undefined) throw unknownDraft();
    return draft;
  }
}

function unknownDraft(): HoldfastError {
  return new HoldfastError('ipc/unknown-item', { context: { what: 'key' } });
}
