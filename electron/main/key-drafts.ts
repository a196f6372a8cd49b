/**
 * Keys that were made but not yet used: they live here, as bytes, until set-up ends or is left. The proof that a key was saved is judged
 * here, so that the page needs no copy to compare with.
 */
import { randomBytes, randomInt, randomUUID, timingSafeEqual } from 'node:crypto';
import { HoldfastError } from '../../shared/errors.ts';
import { GROUP_COUNT, GROUP_DIGITS, parseRecoveryKey } from '../../shared/recovery-key.ts';
import type { RequestParams } from '../../shared/ipc/contract.ts';

const KEY_BYTES = 32;
const ASKED_GROUPS = 3;

export type KeyProof = RequestParams<'protection:prove-key'>['proof'];

interface Draft {
  readonly bytes: Buffer;
  readonly askedGroups: readonly number[];
  provedBy: KeyProof['how'] | null;
}

export class KeyDrafts {
  readonly #drafts = new Map<string, Draft>();

  make(): { draftId: string; key: string; askedGroups: number[] } {
    const draftId = randomUUID();
    const askedGroups = pickGroups();
    const draft: Draft = { bytes: randomBytes(KEY_BYTES), askedGroups, provedBy: null };
    this.#drafts.set(draftId, draft);
    return { draftId, key: digitsOf(draft), askedGroups };
  }

  /** The 64 digits. Throws `ipc/unknown-item`. */
  keyOf(draftId: string): string {
    return digitsOf(this.#find(draftId));
  }

  /** How the key was proved to be saved, or null. */
  provedBy(draftId: string): KeyProof['how'] | null {
    return this.#find(draftId).provedBy;
  }

  /** Groups count from 1; those that differ are named. Of a pasted text that is not a whole key none can be named. */
  prove(draftId: string, proof: KeyProof): { proved: boolean; wrongGroups: number[] } {
    const draft = this.#find(draftId);
    const key = digitsOf(draft);
    const wrongGroups =
      proof.how === 'pasted'
        ? wrongGroupsOfText(key, proof.text)
        : wrongGroupsOf(key, proof.groups, draft.askedGroups);
    const proved = wrongGroups !== null && wrongGroups.length === 0;
    if (proved) draft.provedBy = proof.how;
    return { proved, wrongGroups: wrongGroups ?? [] };
  }

  discard(draftId: string): void {
    this.#drafts.get(draftId)?.bytes.fill(0);
    this.#drafts.delete(draftId);
  }

  #find(draftId: string): Draft {
    const draft = this.#drafts.get(draftId);
    if (draft === undefined)
      throw new HoldfastError('ipc/unknown-item', { context: { what: 'key' } });
    return draft;
  }
}

function digitsOf(draft: Draft): string {
  return draft.bytes.toString('hex');
}

function groupAt(key: string, group: number): string {
  return key.slice((group - 1) * GROUP_DIGITS, group * GROUP_DIGITS);
}

/** Constant time for texts of equal length. */
function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

/** null: not a whole key. */
function wrongGroupsOfText(key: string, text: string): number[] | null {
  const parsed = parseRecoveryKey(text);
  if (!parsed.ok) return null;
  const groups = Array.from({ length: GROUP_COUNT }, (_, index) => index + 1);
  return groups.filter((group) => !isEqual(groupAt(parsed.key, group), groupAt(key, group)));
}

function wrongGroupsOf(
  key: string,
  typed: readonly { readonly group: number; readonly text: string }[],
  asked: readonly number[],
): number[] {
  return asked.filter((group) => {
    const text = typed.find((item) => item.group === group)?.text ?? '';
    return !isEqual(text.replaceAll(/[\s-]/gu, '').toLowerCase(), groupAt(key, group));
  });
}

/** Three different ones, in order. */
function pickGroups(): number[] {
  const groups = new Set<number>();
  while (groups.size < ASKED_GROUPS) groups.add(randomInt(1, GROUP_COUNT + 1));
  return [...groups].toSorted((a, b) => a - b);
}
