/** The one honest sentence of Status, chosen from what is known. Worst news first. */
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import type { Job } from '../../../shared/model/job.ts';
import type { Plan } from '../../../shared/model/plan.ts';

/** `protectedAt`: the moment whose state the newest archive holds; null when there is none. */
export type StatusSentence =
  | { readonly kind: 'no-plan' }
  | { readonly kind: 'running'; readonly job: Job; readonly protectedAt: string | null }
  | {
      readonly kind: 'locked' | 'unreachable' | 'icloud-off' | 'signed-out';
      readonly protectedAt: string | null;
    }
  | { readonly kind: 'never' }
  /** The history of runs was lost. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'failed'; readonly protectedAt: string | null }
  | { readonly kind: 'old'; readonly days: number; readonly protectedAt: string }
  /** An archive is there, and something is not in it: `missing` items, or folders that were added to the plan later. */
  | {
      readonly kind: 'partly';
      readonly protectedAt: string;
      readonly isToday: boolean;
      readonly missing: number;
      readonly hasNewFolders: boolean;
    }
  | { readonly kind: 'protected'; readonly protectedAt: string; readonly isToday: boolean };

const DAY_MS = 24 * 60 * 60 * 1000;
/** A backup that is older than this is worth a word. */
const OLD_DAYS = 3;

export function jobsOfPlan(jobs: readonly Job[], planId: string): Job[] {
  return jobs.filter((job) => job.kind === 'backup' && job.planId === planId);
}

export function isUnfinished(job: Job): boolean {
  return job.finishedAt === null && job.state !== 'interrupted';
}

/** The run that made the newest archive of a plan, or null. */
export function lastGoodRun(jobs: readonly Job[], planId: string): Job | null {
  const isGood = ({ state }: Job): boolean => state === 'succeeded' || state === 'warnings';
  return jobsOfPlan(jobs, planId).findLast(isGood) ?? null;
}

/** An archive holds the folders as they were when its run began: what changed since then is not in it. */
export function protectedAt(run: Job | null): string | null {
  return run === null ? null : (run.startedAt ?? run.createdAt);
}

/** Of one plan. */
export function sentenceFor(
  plan: Plan,
  destination: DestinationView | null,
  jobs: readonly Job[],
  now: Date,
  isHistoryLost = false,
): StatusSentence {
  const own = jobsOfPlan(jobs, plan.id);
  const lastGood = lastGoodRun(jobs, plan.id);
  const at = protectedAt(lastGood);
  const running = own.findLast(isUnfinished);
  // Nothing goes on before the person has done something: that is no running.
  if (running?.waiting === 'sign-in') return { kind: 'signed-out', protectedAt: at };
  if (running !== undefined) return { kind: 'running', job: running, protectedAt: at };
  if (destination !== null && destination.status !== 'ready') {
    return { kind: destination.status, protectedAt: at };
  }
  const last = own.at(-1);
  if (last?.state === 'failed' || last?.state === 'interrupted') {
    return { kind: 'failed', protectedAt: at };
  }
  if (at === null) return { kind: isHistoryLost ? 'unknown' : 'never' };
  const days = Math.floor((now.getTime() - Date.parse(at)) / DAY_MS);
  if (days >= OLD_DAYS) return { kind: 'old', days, protectedAt: at };
  const isToday = new Date(at).toDateString() === now.toDateString();
  const missing = lastGood?.result?.kind === 'backup' ? lastGood.result.warningCount : 0;
  const hasNewFolders = plan.foldersAddedAt !== null && plan.foldersAddedAt > at;
  return missing > 0 || hasNewFolders
    ? { kind: 'partly', protectedAt: at, isToday, missing, hasNewFolders }
    : { kind: 'protected', protectedAt: at, isToday };
}

const gravity: readonly StatusSentence['kind'][] = [
  'unreachable',
  'icloud-off',
  'signed-out',
  'locked',
  'failed',
  'never',
  'unknown',
  'old',
  'partly',
  'running',
  'protected',
];

/** The gravest of several plans; what runs is told where nothing is wrong. */
export function overallSentence(sentences: readonly StatusSentence[]): StatusSentence {
  const [gravest] = sentences.toSorted((a, b) => gravity.indexOf(a.kind) - gravity.indexOf(b.kind));
  return gravest ?? { kind: 'no-plan' };
}
