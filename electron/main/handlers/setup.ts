/** The end of set-up, and plans. Nothing is written before everything has been checked. */
import { randomUUID } from 'node:crypto';
import { lstat, realpath } from 'node:fs/promises';
import { basename, sep } from 'node:path';
import { HoldfastError } from '../../../shared/errors.ts';
import type { GrantedFolder } from '../../../shared/ipc/contract.ts';
import { folderOf, lastFolder, placeText } from '../../../shared/location-names.ts';
import type { Location } from '../../../shared/model/destination.ts';
import { usualExclusionOptions } from '../../../shared/model/exclusion-options.ts';
import type { Plan } from '../../../shared/model/plan.ts';
import { chosenSecret } from '../chosen-secret.ts';
import type { Handlers } from '../ipc-router.ts';
import { startBackup } from './jobs.ts';
import type { HandlerContext } from './context.ts';
import { storedSecret } from '../stored-secret.ts';
import { boundToSlot } from '../watched-exports.ts';
import { newDestination } from './destinations.ts';

export function setupHandlers(
  context: HandlerContext,
): Pick<Handlers, 'setup:finish' | 'setup:start-fresh' | 'plans:create' | 'plans:update'> {
  const { engine, model, grants, drafts, places, secrets, clipboard } = context;
  return {
    'setup:finish': async ({
      sourceGrants,
      destinationGrant,
      protection,
      replacesDestinationId,
    }) => {
      const sources = sourcePaths(context, sourceGrants);
      const location = grants.location(destinationGrant, 'destination');
      await refuseInside(sources, location);
      const { secret, proofs } = await chosenSecret(context, protection);
      // Used up: a second backup must never be written with the same master key.
      const purpose = drafts.claim(protection.draftId);
      if (purpose.kind !== 'new-backup') {
        throw new HoldfastError('ipc/unknown-item', { context: { what: 'key' } });
      }
      let isWritten = false;
      try {
        // A repository that the settings cannot remember would be in the way of the next attempt.
        await model.update((settings) => settings);
        // What is kept in memory only and saved nowhere would be lost when Holdfast ends. Asked at the last moment: one may be locked meanwhile.
        if (proofs.length === 0 && !(await secrets.takesSecrets())) {
          throw new HoldfastError('secret/proof-needed');
        }
        const unlocked = await engine.call('repository:create', {
          ...(await places.of(location)),
          secret,
          secretKind: protection.kind,
          prepared: purpose.prepared,
        });
        isWritten = true;
        // Kept in memory even where there is no keychain, before anything else can fail.
        await secrets.set(unlocked.repositoryId, storedSecret(unlocked, secret));
        await places.keep(location);
        const destination = newDestination(location, unlocked, {
          kind: protection.kind,
          keyId: unlocked.keyId,
          proofs,
          changedAt: null,
          changingTo: null,
          retiringKeyId: null,
          remindAfter: null,
        });
        const keptPlans = model.settings.plans.filter(
          (plan) => plan.destinationId !== replacesDestinationId,
        );
        const plan = newPlan(keptPlans, sources, destination.id);
        await model.update((settings) => ({
          ...settings,
          destinations: [...settings.destinations, destination],
          plans: [...keptPlans, plan],
          exports: boundToSlot(settings.exports, protection.draftId, unlocked.keyId),
        }));
        grants.consume([...sourceGrants, destinationGrant]);
        await clipboard.clear();
        return { planId: plan.id, jobId: startBackup(context, plan.id) };
      } finally {
        // Once it is written nobody may use the same again, whatever fails afterwards.
        if (isWritten) drafts.spend(protection.draftId);
        else drafts.release(protection.draftId);
      }
    },
    'setup:start-fresh': async ({ destinationId }) => {
      const { location } = model.destination(destinationId);
      const sources = new Set(
        model.settings.plans
          .filter((plan) => plan.destinationId === destinationId)
          .flatMap((plan) => plan.sources),
      );
      const place = await unusedBeside(context, location);
      const granted = (folder: string): GrantedFolder => ({
        path: folder,
        name: basename(folder) || folder,
        grant: grants.issue(folder, 'source'),
      });
      return {
        folders: [...sources].map(granted),
        place: {
          path: placeText(place),
          name: lastFolder(place.path),
          grant: grants.issue(place, 'destination'),
        },
      };
    },
    'plans:create': async ({ destinationId, sourceGrants }) => {
      const { location } = model.destination(destinationId);
      const sources = sourcePaths(context, sourceGrants);
      await refuseInside(sources, location);
      useUp(context, sourceGrants);
      const plan = newPlan(model.settings.plans, sources, destinationId);
      await model.update((settings) => ({ ...settings, plans: [...settings.plans, plan] }));
      return { planId: plan.id };
    },
    'plans:update': async ({
      planId,
      name,
      addSourceGrants = [],
      removeSources = [],
      excludes,
      exclusionOptions,
      cloudFiles,
    }) => {
      const plan = model.plan(planId);
      const added = sourcePaths(context, addSourceGrants);
      await refuseInside(added, model.destination(plan.destinationId).location);
      useUp(context, addSourceGrants);
      await model.update((settings) => ({
        ...settings,
        plans: settings.plans.map((current) => {
          if (current.id !== planId) return current;
          const kept = current.sources.filter((source) => !removeSources.includes(source));
          const sources = [...new Set([...kept, ...added])];
          if (sources.length === 0) throw new HoldfastError('backup/nothing-to-back-up');
          return {
            ...current,
            name: name ?? current.name,
            sources,
            excludes: excludes ?? current.excludes,
            exclusionOptions: exclusionOptions ?? current.exclusionOptions,
            cloudFiles: cloudFiles ?? current.cloudFiles,
            foldersAddedAt:
              sources.length > kept.length ? new Date().toISOString() : current.foldersAddedAt,
          };
        }),
      }));
      return null;
    },
  };
}

function sourcePaths({ grants }: HandlerContext, tokens: readonly string[]): string[] {
  return [...new Set(tokens.map((token) => grants.peek(token, 'source')))];
}

/** Two requests at once cannot act on the same grant. Throws `ipc/grant-expired`. */
function useUp(context: HandlerContext, tokens: readonly string[]): void {
  sourcePaths(context, tokens);
  context.grants.consume(tokens);
}

/** A folder inside the destination would back the backup up. The other way round is fine: the engine leaves it out. */
async function refuseInside(sources: readonly string[], location: Location): Promise<void> {
  const destination = folderOf(location);
  if (destination === null) return;
  const resolved = await realpath(destination).catch(() => destination);
  for (const source of sources) {
    const path = await realpath(source).catch(() => source);
    if (path === resolved || path.startsWith(resolved + sep)) {
      throw new HoldfastError('backup/source-is-destination', { context: { path: source } });
    }
  }
}

/** "Backup" → "Backup 2", or the first number that is free. */
async function unusedBeside(context: HandlerContext, location: Location): Promise<Location> {
  for (let number = 2; ; number += 1) {
    const candidate: Location = { ...location, path: `${location.path} ${String(number)}` };
    if (candidate.kind === 'gdrive') candidate.folderId = null;
    if (await isUnused(context, candidate)) return candidate;
  }
}

/** Nothing is there, not even something else in a folder. */
export async function isUnused(
  { engine, places }: HandlerContext,
  location: Location,
): Promise<boolean> {
  const folder = folderOf(location);
  if (folder !== null) {
    return lstat(folder).then(
      () => false,
      () => true,
    );
  }
  const { state } = await engine.call('repository:inspect', await places.of(location));
  return state === 'empty';
}

function newPlan(plans: readonly Plan[], sources: string[], destinationId: string): Plan {
  const number = plans.length + 1;
  return {
    id: randomUUID(),
    name: number === 1 ? 'Backup' : `Backup ${String(number)}`,
    sources,
    excludes: [],
    exclusionOptions: usualExclusionOptions,
    cloudFiles: 'skip',
    destinationId,
    createdAt: new Date().toISOString(),
    foldersAddedAt: null,
  };
}
