/** What a plan leaves out, counted by the engine when asked, and anew when the plan changes meanwhile. */
import { useEffect, useState } from 'react';
import type { EventPayload } from '../../../shared/ipc/contract.ts';
import type { ExclusionPreview } from '../../../shared/model/exclusions.ts';
import type { Plan } from '../../../shared/model/plan.ts';
import { request } from '../../api/client.ts';

export interface ExclusionCount {
  /** `stopped`: the figures are what was found until then. */
  readonly state: 'running' | 'done' | 'failed' | 'stopped';
  /** null before the first figures. */
  readonly preview: ExclusionPreview | null;
}

export interface CountingExclusions {
  /** null until it is asked for. */
  readonly count: ExclusionCount | null;
  readonly start: () => void;
  readonly stop: () => void;
}

/** Which count the figures are of: another one for each start, and for each change of the plan's rules. */
interface Found extends ExclusionCount {
  readonly subject: string;
}

export function useExclusionPreview(plan: Plan): CountingExclusions {
  const { id: planId, sources, excludes, exclusionOptions, cloudFiles } = plan;
  const [starts, setStarts] = useState(0);
  const [isWanted, setWanted] = useState(false);
  const [found, setFound] = useState<Found | null>(null);
  const rules = [sources, excludes, exclusionOptions, cloudFiles];
  const subject = isWanted ? JSON.stringify([starts, rules]) : null;

  useEffect(() => {
    if (subject === null) return undefined;
    return follow(planId, (count) => {
      setFound({ ...count, subject });
    });
  }, [planId, subject]);

  return {
    count: subject === null ? stopped(found) : current(found, subject),
    start: () => {
      setWanted(true);
      setStarts(starts + 1);
    },
    stop: () => {
      setWanted(false);
    },
  };
}

function current(found: Found | null, subject: string): ExclusionCount {
  return found?.subject === subject ? found : { state: 'running', preview: null };
}

function stopped(found: Found | null): ExclusionCount | null {
  return found?.state === 'running' ? { ...found, state: 'stopped' } : found;
}

/** Tells the figures until the returned function is called, which ends the count. */
function follow(planId: string, tell: (count: ExclusionCount) => void): () => void {
  // A figure may arrive before the answer that says which count it belongs to.
  let own: string | null = null;
  const early: EventPayload<'exclusions:previewed'>[] = [];
  let isOver = false;
  const hear = (event: EventPayload<'exclusions:previewed'>): void => {
    if (own === null) early.push(event);
    else if (event.previewId === own) tell({ state: event.state, preview: event.preview });
  };
  const stopListening = window.holdfast.on.exclusionsPreviewed(hear);
  const begin = async (): Promise<void> => {
    try {
      const { previewId } = await request('exclusions:preview-start', { planId });
      if (isOver) {
        await end(previewId);
        return;
      }
      own = previewId;
      early.forEach(hear);
    } catch {
      if (!isOver) tell({ state: 'failed', preview: null });
    }
  };
  void begin();
  return () => {
    isOver = true;
    stopListening();
    if (own !== null) void end(own);
  };
}

async function end(previewId: string): Promise<void> {
  await request('exclusions:preview-stop', { previewId }).catch(() => undefined);
}
