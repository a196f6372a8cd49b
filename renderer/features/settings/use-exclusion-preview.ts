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

export function useExclusionPreview({
  id: planId,
  sources,
  excludes,
  exclusionOptions,
  cloudFiles,
}: Plan): CountingExclusions {
  const [run, setRun] = useState(0);
  const [isWanted, setWanted] = useState(false);
  const [count, setCount] = useState<ExclusionCount | null>(null);
  const rules = JSON.stringify([sources, excludes, exclusionOptions, cloudFiles]);

  useEffect(() => {
    if (!isWanted) return undefined;
    // A figure may arrive before the answer that says which count it belongs to.
    let own: string | null = null;
    let early: EventPayload<'exclusions:previewed'>[] = [];
    let isOver = false;
    setCount({ state: 'running', preview: null });
    const show = ({ previewId, state, preview }: EventPayload<'exclusions:previewed'>): void => {
      if (previewId === own) setCount({ state, preview });
    };
    const stopListening = window.holdfast.on.exclusionsPreviewed((event) => {
      if (own === null) early.push(event);
      else show(event);
    });
    const end = (previewId: string): void => {
      request('exclusions:preview-stop', { previewId }).catch(() => undefined);
    };
    request('exclusions:preview-start', { planId }).then(
      ({ previewId }) => {
        if (isOver) {
          end(previewId);
          return;
        }
        own = previewId;
        for (const event of early) show(event);
        early = [];
      },
      () => {
        if (!isOver) setCount({ state: 'failed', preview: null });
      },
    );
    return () => {
      isOver = true;
      stopListening();
      if (own !== null) end(own);
    };
  }, [isWanted, planId, rules, run]);

  return {
    count,
    start: () => {
      setWanted(true);
      setRun(run + 1);
    },
    stop: () => {
      setWanted(false);
      setCount((current) => current && { ...current, state: 'stopped' });
    },
  };
}
