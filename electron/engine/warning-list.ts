/** The warnings of one run: counted all, listed up to a limit, each told to the job at once. */
import {
  informationalReasons,
  MAX_LISTED_WARNINGS,
  type Warning,
  type WarningReason,
} from '../../shared/model/job.ts';
import type { JobPort } from './ports.ts';

export class WarningList {
  readonly listed: Warning[] = [];
  /** Those that turn "succeeded" into "completed with warnings". */
  count = 0;
  readonly #job: Pick<JobPort, 'warning'>;

  constructor(job: Pick<JobPort, 'warning'>) {
    this.#job = job;
  }

  add(path: string, reason: WarningReason, detail: string | null = null): void {
    const warning: Warning = { path, reason, detail };
    if (!informationalReasons.includes(reason)) this.count += 1;
    if (this.listed.length < MAX_LISTED_WARNINGS) this.listed.push(warning);
    this.#job.warning(warning);
  }
}
