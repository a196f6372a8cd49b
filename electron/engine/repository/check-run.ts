/** What the steps of one check share, and where they write down what they find. */
import type { HoldfastError } from '../../../shared/errors.ts';
import type { CheckFinding } from '../../../shared/model/job.ts';
import type { Id } from '../format/id.ts';
import type { ProgressMeter } from '../progress-meter.ts';
import type { IndexStore } from './index-store.ts';
import type { RepositoryCore } from './sealed-files.ts';

/** Every error is counted; this many findings are listed. */
const MAX_LISTED_FINDINGS = 1000;

/** What the steps of a check share. */
export interface CheckRun {
  readonly core: RepositoryCore;
  readonly index: IndexStore;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal;
  readonly findings: FindingList;
  /** All or some packs are read. */
  readonly readsPacks: boolean;
  /** Packs that are missing or whose size is wrong: what lies in them counts as lost. */
  readonly badPacks: Set<Id>;
  /** Found damaged by reading, as `type id pack`. */
  readonly badCopies: Set<string>;
}

export class FindingList {
  readonly listed: CheckFinding[] = [];
  errorCount = 0;

  error(subject: CheckFinding['subject'], id: string, message: string): void {
    this.errorCount += 1;
    this.#list({ severity: 'error', subject, id, message });
  }

  hint(subject: CheckFinding['subject'], id: string, message: string): void {
    this.#list({ severity: 'hint', subject, id, message });
  }

  #list(finding: CheckFinding): void {
    if (this.listed.length < MAX_LISTED_FINDINGS) this.listed.push(finding);
  }
}

/** The reason that whoever found the damage gave, for the end of a sentence. */
export function reasonOf(error: HoldfastError): string {
  const { reason } = error.context;
  return typeof reason === 'string' && reason !== '' ? reason : error.code;
}
