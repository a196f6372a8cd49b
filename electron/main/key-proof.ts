/** Judges whether a key came back from where it was saved: pasted whole, or three groups of it typed. The page has nothing to compare with. */
import { randomInt, timingSafeEqual } from 'node:crypto';
import type { RequestParams } from '../../shared/ipc/contract.ts';
import { GROUP_COUNT, GROUP_DIGITS, parseRecoveryKey } from '../../shared/recovery-key.ts';

const ASKED_GROUPS = 3;

export type KeyProof = RequestParams<'protection:prove-key'>['proof'];

export interface JudgedProof {
  proved: boolean;
  wrongGroups: number[];
}

/** Groups count from 1; those that differ are named. Of a pasted text that is not a whole key none can be named. */
export function judgeProof(key: string, proof: KeyProof, asked: readonly number[]): JudgedProof {
  const wrongGroups =
    proof.how === 'pasted'
      ? wrongGroupsOfText(key, proof.text)
      : wrongGroupsOf(key, proof.groups, asked);
  return { proved: wrongGroups?.length === 0, wrongGroups: wrongGroups ?? [] };
}

/** Three different ones, in order. */
export function pickGroups(): number[] {
  const groups = new Set<number>();
  while (groups.size < ASKED_GROUPS) groups.add(randomInt(1, GROUP_COUNT + 1));
  return [...groups].toSorted((a, b) => a - b);
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
