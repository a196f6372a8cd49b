/** Situations in which the window can be looked at, by name. */
import type { AppState, DestinationView } from '../../shared/ipc/contract.ts';
import type { Job } from '../../shared/model/job.ts';
import {
  emptyState,
  hoursAgo,
  SAMPLE_IDS,
  sampleDestination,
  sampleJob,
  samplePlan,
  sampleProgress,
  sampleResult,
} from './sample-data.ts';

export interface Scenario {
  readonly state: AppState;
  readonly jobs: readonly Job[];
}

const running = {
  state: 'running',
  finishedAt: null,
  result: null,
  progress: sampleProgress,
} as const;

function situation(
  jobs: readonly Job[],
  destination: Partial<DestinationView> = {},
  state: Partial<AppState> = {},
): Scenario {
  return {
    state: {
      ...emptyState,
      plans: [samplePlan],
      destinations: [{ ...sampleDestination, ...destination }],
      ...state,
    },
    jobs,
  };
}

const unproved = { ...sampleDestination.protection, proofs: [] };
const failure = (code: string, context: Readonly<Record<string, string>> = {}) =>
  sampleJob({
    state: 'failed',
    id: 'failed-run',
    result: null,
    startedAt: hoursAgo(0.4),
    finishedAt: hoursAgo(0.3),
    error: { code, context, retry: 'later', causes: ['Error: sample of a cause'] },
  });
const yesterday = sampleJob({ id: 'earlier', startedAt: hoursAgo(26), finishedAt: hoursAgo(25.9) });

export const scenarios = {
  fresh: { state: emptyState, jobs: [] },
  'fresh-without-keychain': {
    state: { ...emptyState, keychain: 'absent', notices: ['keychain/absent'] },
    jobs: [],
  },
  protected: situation([sampleJob({})]),
  never: situation([]),
  stale: situation([sampleJob({ startedAt: hoursAgo(9 * 24 + 1), finishedAt: hoursAgo(9 * 24) })]),
  queued: situation([sampleJob({ ...running, state: 'queued', startedAt: null, progress: null })]),
  counting: situation([
    sampleJob({
      ...running,
      progress: {
        ...sampleProgress,
        phase: 'scanning',
        filesTotal: null,
        bytesTotal: null,
        bytesPerSecond: null,
        secondsLeft: null,
      },
    }),
  ]),
  running: situation([yesterday, sampleJob(running)]),
  paused: situation([yesterday, sampleJob({ ...running, state: 'paused' })]),
  cancelling: situation([yesterday, sampleJob({ ...running, state: 'cancelling' })]),
  warnings: situation([
    sampleJob({
      state: 'warnings',
      result: {
        ...sampleResult,
        warningCount: 3,
        warnings: [
          { path: '/home/anna/Documents/.private', reason: 'permission-denied', detail: 'EACCES' },
          { path: '/home/anna/Documents/draft.odt~', reason: 'vanished', detail: 'ENOENT' },
          { path: '/home/anna/Pictures/import.db', reason: 'changed-while-reading', detail: null },
          {
            path: '/home/anna/Documents/Holdfast',
            reason: 'destination-inside-source',
            detail: null,
          },
        ],
      },
    }),
  ]),
  'no-space': situation([yesterday, failure('backend/no-space')]),
  'locked-by-other': situation([
    yesterday,
    failure('repo/locked', { hostname: 'office-pc', since: '14:02' }),
  ]),
  cancelled: situation([yesterday, sampleJob({ state: 'cancelled', id: 'c', result: null })]),
  interrupted: situation([yesterday, sampleJob({ state: 'interrupted', id: 'i', result: null })]),
  'secret-needed': situation([yesterday], { status: 'locked' }),
  unreachable: situation([yesterday, failure('backend/unavailable')], { status: 'unreachable' }),
  unproved: situation([sampleJob({})], { protection: unproved }),
  'unproved-password': situation([sampleJob({})], {
    protection: { ...unproved, kind: 'password' },
  }),
  'without-plan': situation([], {}, { plans: [] }),
  restoring: situation([
    sampleJob({}),
    sampleJob({ ...running, id: 'restore-run', kind: 'restore', planId: null }),
  ]),
  several: situation(
    [sampleJob({}), sampleJob({ ...running, id: 'second', planId: SAMPLE_IDS.otherDestination })],
    {},
    {
      plans: [
        samplePlan,
        {
          ...samplePlan,
          id: SAMPLE_IDS.otherDestination,
          name: 'Music',
          sources: ['/home/anna/Music'],
          destinationId: SAMPLE_IDS.otherDestination,
        },
      ],
      destinations: [
        sampleDestination,
        {
          ...sampleDestination,
          id: SAMPLE_IDS.otherDestination,
          label: 'NAS',
          fingerprint: '77a0be12',
        },
      ],
    },
  ),
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;

export function isScenarioName(text: string): text is ScenarioName {
  return Object.hasOwn(scenarios, text);
}
