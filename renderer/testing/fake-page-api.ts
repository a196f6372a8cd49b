/**
 * `window.holdfast` without a main process: answers from memory, so that the window can be looked at and the client be tested. Typed by
 * the contract; it knows no secrets but those made in it.
 */
import { HoldfastError, toWireError } from '../../shared/errors.ts';
import type { EventName, RequestName } from '../../shared/ipc/channel-names.ts';
import type { EventPayload, RequestParams, RequestResult } from '../../shared/ipc/contract.ts';
import type { PageApi } from '../../shared/ipc/page-api.ts';
import type { AppState } from '../../shared/ipc/contract.ts';
import type { ExclusionGroup, ExclusionReason } from '../../shared/model/exclusions.ts';
import type { Job } from '../../shared/model/job.ts';
import type { Plan } from '../../shared/model/plan.ts';
import { groupsOf, parseRecoveryKey } from '../../shared/recovery-key.ts';
import { FakeJobs } from './fake-jobs.ts';
import {
  sampleArchive,
  sampleDestination,
  sampleFolders,
  SAMPLE_IDS,
  samplePlan,
} from './sample-data.ts';
import type { Scenario } from './scenarios.ts';

type FakeHandlers = {
  readonly [Name in RequestName]: (
    params: RequestParams<Name>,
  ) => RequestResult<Name> | Promise<RequestResult<Name>>;
};

export interface FakeOptions {
  /** What `destinations:inspect` finds in a chosen folder. */
  readonly found?: 'empty' | 'repository' | 'other-files';
  /** Whether a folder dialog is cancelled. */
  readonly cancelDialogs?: boolean;
}

/** Opens what the fake calls an existing repository. */
export const FAKE_SECRET = 'correct horse battery';

export function fakePageApi(scenario: Scenario, options: FakeOptions = {}): PageApi {
  const world = new FakeWorld(scenario);
  const handlers = handlersOf(world, options);
  const area = (name: string) =>
    new Proxy(
      {},
      {
        get: (_target, method: string) => async (params: never) => {
          const verb = method.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
          try {
            const handle = handlers[`${name}:${verb}` as RequestName] as (given: never) => unknown;
            return { ok: true, value: await handle(params) };
          } catch (error) {
            return { ok: false, error: toWireError(error) };
          }
        },
      },
    );
  const on: PageApi['on'] = {
    stateChanged: (listener) => world.subscribe('state:changed', listener),
    jobChanged: (listener) => world.subscribe('job:changed', listener),
    exclusionsPreviewed: (listener) => world.subscribe('exclusions:previewed', listener),
    foldersMeasured: (listener) => world.subscribe('folders:measured', listener),
  };
  return new Proxy({} as PageApi, {
    get: (_target, name: string) => (name === 'on' ? on : area(name)),
  });
}

class FakeWorld {
  state: AppState;
  readonly jobs: FakeJobs;
  readonly keys = new Map<string, string>();
  readonly measuring = new Map<string, ReturnType<typeof setInterval>>();
  readonly #listeners = new Map<EventName, Set<(payload: never) => void>>();

  constructor(scenario: Scenario) {
    this.state = scenario.state;
    this.jobs = new FakeJobs(scenario.jobs, (job: Job) => {
      this.send('job:changed', job);
    });
  }

  subscribe<Name extends EventName>(
    name: Name,
    listener: (payload: EventPayload<Name>) => void,
  ): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  send<Name extends EventName>(name: Name, payload: EventPayload<Name>): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(payload as never);
  }

  change(change: Partial<AppState>): void {
    this.state = { ...this.state, ...change };
    this.send('state:changed', this.state);
  }

  addPlan(sources: readonly string[]): void {
    this.change({ plans: [...this.state.plans, { ...samplePlan, sources: [...sources] }] });
  }
}

/** A grant carries its path here; the real ones are unguessable. */
const grantOf = (path: string): string => `grant-of-a-folder-${path}`;
const pathOf = (grant: string): string => grant.replace('grant-of-a-folder-', '');
const folder = (path: string) => ({
  grant: grantOf(path),
  path,
  name: path.slice(path.lastIndexOf('/') + 1),
});

function handlersOf(world: FakeWorld, options: FakeOptions): FakeHandlers {
  return {
    'app:state': () => world.state,
    'settings:update': (change) => {
      world.change(
        Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)),
      );
      return null;
    },
    ...folderHandlers(world, options),
    ...exclusionHandlers(world),
    ...placeHandlers(),
    ...destinationHandlers(world, options),
    ...protectionHandlers(world),
    ...keyHandlers(world),
    ...planHandlers(world),
    'jobs:list': () => world.jobs.list(),
    'jobs:start-backup': ({ planId }) => ({ jobId: world.jobs.start('backup', planId) }),
    'jobs:start-check': () => ({ jobId: world.jobs.start('check', null) }),
    'jobs:pause': ({ jobId }) => world.jobs.set(jobId, 'paused'),
    'jobs:resume': ({ jobId }) => world.jobs.set(jobId, 'running'),
    'jobs:cancel': ({ jobId }) => world.jobs.cancel(jobId),
    ...archiveHandlers(world),
  };
}

function folderHandlers(
  world: FakeWorld,
  options: FakeOptions,
): Pick<FakeHandlers, Extract<RequestName, `folders:${string}`>> {
  return {
    'folders:suggest': () => [
      { ...folder('/home/anna/Documents'), kind: 'documents' },
      { ...folder('/home/anna/Pictures'), kind: 'pictures' },
      { ...folder('/home/anna/Desktop'), kind: 'desktop' },
      { ...folder('/home/anna/Music'), kind: 'music' },
      { ...folder('/home/anna/Videos'), kind: 'videos' },
      { ...folder('/home/anna/Downloads'), kind: 'downloads' },
    ],
    'folders:choose': ({ purpose }) => {
      if (options.cancelDialogs === true) return [];
      return [folder(purpose === 'source' ? '/srv/projects' : '/media/anna/Backup disk/Holdfast')];
    },
    'folders:measure-start': ({ grant }) => {
      const measureId = crypto.randomUUID();
      const step = pathOf(grant).length * 310;
      let files = 0;
      const timer = setInterval(() => {
        files += step;
        const done = files > step * 8;
        world.send('folders:measured', {
          measureId,
          files,
          bytes: files * 1_234_567,
          unreadable: 0,
          done,
        });
        if (done) clearInterval(timer);
      }, 120);
      world.measuring.set(measureId, timer);
      return { measureId };
    },
    'folders:measure-stop': ({ measureId }) => {
      clearInterval(world.measuring.get(measureId));
      return null;
    },
  };
}

function exclusionHandlers(
  world: FakeWorld,
): Pick<FakeHandlers, Extract<RequestName, `exclusions:${string}`>> {
  return {
    'exclusions:preview-start': ({ planId }) => {
      const previewId = crypto.randomUUID();
      let steps = 0;
      const timer = setInterval(() => {
        steps += 1;
        const plan = world.state.plans.find(({ id }) => id === planId);
        world.send('exclusions:previewed', {
          previewId,
          state: steps < FAKE_STEPS ? 'running' : 'done',
          preview: {
            files: steps * 3100,
            bytes: steps * 12_345_678_901,
            unreadable: steps < FAKE_STEPS ? 0 : 2,
            excluded: plan === undefined ? [] : sampleExcluded(plan, steps),
          },
        });
        if (steps === FAKE_STEPS) clearInterval(timer);
      }, 120);
      world.measuring.set(previewId, timer);
      return { previewId };
    },
    'exclusions:preview-stop': ({ previewId }) => {
      clearInterval(world.measuring.get(previewId));
      return null;
    },
  };
}

const FAKE_STEPS = 8;

/** Each rule of the plan finds something, the first the most. */
function sampleExcluded(plan: Plan, steps: number): ExclusionGroup[] {
  const reasons: ExclusionReason[] = [
    ...plan.exclusionOptions.presets.map((preset) => ({ kind: 'preset', preset }) as const),
    ...plan.excludes.map((pattern) => ({ kind: 'pattern', pattern }) as const),
    ...(plan.exclusionOptions.largerThanBytes === null ? [] : [{ kind: 'size' } as const]),
    ...(plan.exclusionOptions.oneFileSystem ? [{ kind: 'file-system' } as const] : []),
  ];
  return reasons.map((reason, index) => ({
    reason,
    entries: reason.kind === 'file-system' ? 1 : steps * 3,
    files: reason.kind === 'file-system' ? 0 : steps * 211,
    bytes: reason.kind === 'file-system' ? 0 : (steps * 1_700_000_000) / 4 ** index,
  }));
}

function placeHandlers(): Pick<FakeHandlers, Extract<RequestName, `places:${string}`>> {
  return {
    'places:google': () => folder('Google Drive (anna@example.com): Holdfast/annas-laptop'),
    'places:google-cancel': () => null,
    'places:icloud': () => folder('/Users/anna/iCloud/Holdfast/annas-laptop'),
    'places:s3': ({ endpoint, bucket, path }) => folder(`s3:${endpoint}/${bucket}/${path}`),
  };
}

function destinationHandlers(
  world: FakeWorld,
  { found = 'empty' }: FakeOptions,
): Pick<FakeHandlers, Extract<RequestName, `destinations:${string}`>> {
  const open = (secret: string): void => {
    if (secret !== FAKE_SECRET && !parseRecoveryKey(secret).ok) {
      throw new HoldfastError('repo/wrong-secret');
    }
  };
  return {
    'destinations:inspect': ({ grant }) => {
      const isRepository = found === 'repository';
      return {
        path: pathOf(grant),
        kind: 'local',
        state: found,
        writable: true,
        freeBytes: 1_200_000_000_000,
        fingerprint: isRepository ? sampleDestination.fingerprint : null,
        keyCreatedAt: isRepository ? sampleDestination.createdAt : null,
        newestFileAt: isRepository ? sampleArchive(26).time : null,
      };
    },
    'destinations:size': () => ({
      space: { freeBytes: 1_200_000_000_000, totalBytes: 2_000_000_000_000 },
      repositoryBytes: 43_000_000_000,
    }),
    'destinations:reconnect': ({ destinationId }) => {
      world.change({
        destinations: world.state.destinations.map((destination) =>
          destination.id === destinationId ? { ...destination, status: 'ready' } : destination,
        ),
      });
      return null;
    },
    'destinations:disconnect': ({ destinationId }) => {
      world.change({
        destinations: world.state.destinations.filter(({ id }) => id !== destinationId),
        plans: world.state.plans.filter((plan) => plan.destinationId !== destinationId),
      });
      return null;
    },
    'destinations:attach': ({ secret }) => {
      open(secret);
      world.change({ destinations: [...world.state.destinations, sampleDestination] });
      return { destinationId: SAMPLE_IDS.destination };
    },
    'destinations:unlock': ({ destinationId, secret }) => {
      open(secret);
      world.change({
        destinations: world.state.destinations.map((destination) =>
          destination.id === destinationId ? { ...destination, status: 'ready' } : destination,
        ),
      });
      return null;
    },
    'destinations:find': ({ grant }) =>
      found === 'repository'
        ? [
            {
              ...folder(pathOf(grant)),
              fingerprint: sampleDestination.fingerprint,
              keyCreatedAt: sampleDestination.createdAt,
              newestFileAt: sampleArchive(26).time,
            },
          ]
        : [],
    'destinations:remove-locks': () => ({ removed: 1 }),
  };
}

function protectionHandlers(
  world: FakeWorld,
): Pick<FakeHandlers, Extract<RequestName, `protection:${string}`>> {
  return {
    'protection:make-draft': ({ kind }) => {
      const bytes = crypto.getRandomValues(new Uint8Array(32));
      const key = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
      const draftId = crypto.randomUUID();
      world.keys.set(draftId, key);
      const { fingerprint } = sampleDestination;
      return kind === 'key'
        ? { draftId, kind, fingerprint, askedGroups: [2, 7, 13] }
        : { draftId, kind, fingerprint, askedGroups: [] };
    },
    'protection:show-draft': ({ draftId }) => ({ key: world.keys.get(draftId) ?? '' }),
    'protection:rate-password': ({ password }) => ({
      score: Math.min(4, Math.floor(password.length / 5)),
      guessesLog10: password.length,
      warning: password.length < 20 ? 'similarToCommon' : null,
      advice: password.length < 20 ? ['anotherWord'] : [],
      problem:
        password.length < 12 ? 'secret/too-short' : password.length < 20 ? 'secret/too-weak' : null,
    }),
    'protection:suggest-password': () => ({ password: 'gravel otter lantern quiet marble dune' }),
    'protection:prove-key': ({ draftId, proof }) => {
      const groups = groupsOf(world.keys.get(draftId) ?? '');
      if (proof.how === 'three-groups') {
        const wrong = proof.groups.filter(
          ({ group, text }) => groups[group - 1] !== text.trim().toLowerCase(),
        );
        return { proved: wrong.length === 0, wrongGroups: wrong.map(({ group }) => group) };
      }
      const parsed = parseRecoveryKey(proof.text);
      if (!parsed.ok) return { proved: false, wrongGroups: [] };
      const wrongGroups = groupsOf(parsed.key).flatMap((text, index) =>
        text === groups[index] ? [] : [index + 1],
      );
      return { proved: wrongGroups.length === 0, wrongGroups };
    },
    'protection:discard-draft': ({ draftId }) => {
      world.keys.delete(draftId);
      return null;
    },
    'protection:ask-groups': () => ({ askedGroups: [3, 8, 16] }),
    'protection:prove-saved': ({ destinationId, proof: given }) => {
      const proved = given.how === 'three-groups' || given.text === FAKE_SECRET;
      if (proved) {
        const proof = { at: new Date().toISOString(), how: given.how };
        world.change({
          destinations: world.state.destinations.map((destination) =>
            destination.id === destinationId
              ? { ...destination, protection: { ...destination.protection, proofs: [proof] } }
              : destination,
          ),
        });
      }
      return { proved, wrongGroups: [] };
    },
  };
}

function keyHandlers(
  world: FakeWorld,
): Pick<FakeHandlers, Extract<RequestName, `keys:${string}` | `window:${string}`>> {
  const key = '0123456789abcdef'.repeat(4);
  const facts = {
    computerName: world.state.computerName,
    destinationLabel: sampleDestination.label,
    place: sampleDestination.place,
    resticPlace: sampleDestination.place,
    fingerprint: sampleDestination.fingerprint,
    kind: 'key' as const,
    key,
  };
  return {
    'window:protect-content': () => null,
    'keys:copy': () => null,
    'keys:clear-copy': () => null,
    'keys:reveal': () => ({ key }),
    'keys:programs': () => ['op', 'bw'],
    'keys:export': ({ form }) => ({ path: `/home/anna/Downloads/Holdfast key.${form}` }),
    'keys:hand-over': () => null,
    'keys:delete-export': ({ exportId }) => {
      world.change({ exports: world.state.exports.filter(({ id }) => id !== exportId) });
      return null;
    },
    'keys:kit': () => facts,
    'keys:save-kit': () => ({ path: '/home/anna/Downloads/Holdfast recovery kit.pdf' }),
    'keys:change': () => ({ oldStillOpens: false }),
    'keys:finish-change': () => null,
    'keys:snooze': () => null,
  };
}

function planHandlers(
  world: FakeWorld,
): Pick<FakeHandlers, Extract<RequestName, `setup:${string}` | `plans:${string}`>> {
  return {
    'setup:start-fresh': () => ({
      folders: samplePlan.sources.map(folder),
      place: folder(`${sampleDestination.location.path} 2`),
    }),
    'setup:finish': ({ sourceGrants, destinationGrant, protection }) => {
      const isProved =
        protection.kind === 'key' ? !protection.proofPostponed : protection.retyped !== null;
      const proofs = isProved ? sampleDestination.protection.proofs : [];
      world.change({
        destinations: [
          {
            ...sampleDestination,
            location: { kind: 'local', path: pathOf(destinationGrant) },
            protection: { ...sampleDestination.protection, kind: protection.kind, proofs },
          },
        ],
      });
      world.addPlan(sourceGrants.map(pathOf));
      return { planId: samplePlan.id, jobId: world.jobs.start('backup', samplePlan.id) };
    },
    'plans:create': ({ sourceGrants }) => {
      world.addPlan(sourceGrants.map(pathOf));
      return { planId: samplePlan.id };
    },
    'plans:update': ({
      planId,
      addSourceGrants = [],
      removeSources = [],
      excludes,
      exclusionOptions,
      cloudFiles,
      name,
    }) => {
      world.change({
        plans: world.state.plans.map((plan) =>
          plan.id === planId
            ? {
                ...plan,
                name: name ?? plan.name,
                excludes: excludes ?? plan.excludes,
                exclusionOptions: exclusionOptions ?? plan.exclusionOptions,
                cloudFiles: cloudFiles ?? plan.cloudFiles,
                sources: [...plan.sources, ...addSourceGrants.map(pathOf)].filter(
                  (source) => !removeSources.includes(source),
                ),
              }
            : plan,
        ),
      });
      return null;
    },
  };
}

function archiveHandlers(
  world: FakeWorld,
): Pick<FakeHandlers, Extract<RequestName, `archives:${string}` | `restore:${string}`>> {
  return {
    'archives:list': () => [2, 5, 26, 50, 200, 9000].map(sampleArchive),
    'archives:children': ({ path, offset, limit }) => {
      const all = sampleFolders[path] ?? [];
      return { entries: all.slice(offset, offset + limit), total: all.length };
    },
    'restore:plan': ({ target }) => ({
      restorePlanId: 'sample-plan',
      targetPath: target.kind === 'folder' ? pathOf(target.grant) : '/home/anna',
      files: 1234,
      directories: 12,
      others: 2,
      bytes: 8_123_456_789,
      bytesToWrite: 8_023_456_789,
      conflictCount: 0,
      conflicts: [],
      freeBytes: 1_200_000_000_000,
      enoughSpace: true,
      warnings: [],
    }),
    'restore:start': () => ({ jobId: world.jobs.start('restore', null) }),
    'restore:show-in-folder': () => null,
  };
}
