/** The end of set-up, and plans. Nothing is written before everything has been checked. */
import { randomUUID } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { HoldfastError } from '../../../shared/errors.ts';
import type { RequestParams } from '../../../shared/ipc/contract.ts';
import type { Destination, Location } from '../../../shared/model/destination.ts';
import type { Plan } from '../../../shared/model/plan.ts';
import { normalizePassword, passwordProblem } from '../../../shared/password-rules.ts';
import type { Handlers } from '../ipc-router.ts';
import { startBackup } from './jobs.ts';
import type { HandlerContext } from './context.ts';
import { newDestination, storedSecret } from './destinations.ts';

type Protection = RequestParams<'setup:finish'>['protection'];
type Proofs = Destination['protection']['proofs'];

export function setupHandlers(
  context: HandlerContext,
): Pick<Handlers, 'setup:finish' | 'plans:create' | 'plans:update'> {
  const { engine, model, grants, drafts, secrets, clipboard } = context;
  return {
    'setup:finish': async ({ sourceGrants, destinationGrant, protection }) => {
      const sources = sourcePaths(context, sourceGrants);
      const path = grants.peek(destinationGrant, 'destination');
      await refuseInside(sources, path);
      const { secret, proofs } = chosenSecret(context, protection);
      const location: Location = { kind: 'local', path };
      const unlocked = await engine.call('repository:create', {
        location,
        secret,
        secretKind: protection.kind,
      });
      // Kept in memory even where there is no keychain, before anything else can fail.
      await secrets.set(unlocked.repositoryId, storedSecret(unlocked, secret));
      const destination = newDestination(location, unlocked, {
        kind: protection.kind,
        keyId: unlocked.keyId,
        proofs,
      });
      const plan = newPlan(model.settings.plans, sources, destination.id);
      await model.update((settings) => ({
        ...settings,
        destinations: [...settings.destinations, destination],
        plans: [...settings.plans, plan],
      }));
      grants.consume([...sourceGrants, destinationGrant]);
      if (protection.kind === 'key') drafts.discard(protection.draftId);
      await clipboard.clear();
      return { planId: plan.id, jobId: startBackup(context, plan.id) };
    },
    'plans:create': async ({ destinationId, sourceGrants }) => {
      const { location } = model.destination(destinationId);
      const sources = sourcePaths(context, sourceGrants);
      await refuseInside(sources, location.path);
      const plan = newPlan(model.settings.plans, sources, destinationId);
      await model.update((settings) => ({ ...settings, plans: [...settings.plans, plan] }));
      grants.consume(sourceGrants);
      return { planId: plan.id };
    },
    'plans:update': async ({
      planId,
      name,
      addSourceGrants = [],
      removeSources = [],
      excludes,
    }) => {
      const plan = model.plan(planId);
      const added = sourcePaths(context, addSourceGrants);
      await refuseInside(added, model.destination(plan.destinationId).location.path);
      const kept = plan.sources.filter((source) => !removeSources.includes(source));
      const sources = [...new Set([...kept, ...added])];
      if (sources.length === 0) throw new HoldfastError('backup/nothing-to-back-up');
      const changed: Plan = {
        ...plan,
        name: name ?? plan.name,
        sources,
        excludes: excludes ?? plan.excludes,
      };
      await model.update((settings) => ({
        ...settings,
        plans: settings.plans.map((other) => (other.id === planId ? changed : other)),
      }));
      grants.consume(addSourceGrants);
      return null;
    },
  };
}

function sourcePaths({ grants }: HandlerContext, tokens: readonly string[]): string[] {
  return [...new Set(tokens.map((token) => grants.peek(token, 'source')))];
}

/** A folder inside the destination would back the backup up. The other way round is fine: the engine leaves it out. */
async function refuseInside(sources: readonly string[], destination: string): Promise<void> {
  const resolved = await realpath(destination).catch(() => destination);
  for (const source of sources) {
    const path = await realpath(source).catch(() => source);
    if (path === resolved || path.startsWith(resolved + sep)) {
      throw new HoldfastError('backup/source-is-destination', { context: { path: source } });
    }
  }
}

function chosenSecret(
  { drafts }: HandlerContext,
  protection: Protection,
): { secret: string; proofs: Proofs } {
  const at = new Date().toISOString();
  if (protection.kind === 'key') {
    const secret = drafts.keyOf(protection.draftId);
    const how = drafts.provedBy(protection.draftId);
    if (how !== null) return { secret, proofs: [{ at, how }] };
    if (!protection.proofPostponed) throw new HoldfastError('secret/required');
    return { secret, proofs: [] };
  }
  const problem = passwordProblem(protection.password);
  if (problem !== null) throw new HoldfastError(problem);
  const secret = normalizePassword(protection.password);
  if (protection.retyped === null) return { secret, proofs: [] };
  if (normalizePassword(protection.retyped) !== secret) throw new HoldfastError('secret/mismatch');
  return { secret, proofs: [{ at, how: 'retyped' }] };
}

function newPlan(plans: readonly Plan[], sources: string[], destinationId: string): Plan {
  const number = plans.length + 1;
  return {
    id: randomUUID(),
    name: number === 1 ? 'Backup' : `Backup ${String(number)}`,
    sources,
    excludes: [],
    destinationId,
    createdAt: new Date().toISOString(),
  };
}
