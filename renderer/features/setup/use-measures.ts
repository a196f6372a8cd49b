/** Sizes of folders, counted live while the person goes through the wizard. */
import { useEffect, useRef, useState } from 'react';
import type { EventPayload, GrantedFolder } from '../../../shared/ipc/contract.ts';
import { request } from '../../api/client.ts';

export type Measure = Omit<EventPayload<'folders:measured'>, 'measureId'>;

/** By grant. Counting ends when the wizard is left. */
export function useMeasures(folders: readonly GrantedFolder[]): ReadonlyMap<string, Measure> {
  // A figure may arrive before the answer that says which folder it belongs to.
  const [figures, setFigures] = useState<ReadonlyMap<string, Measure>>(new Map());
  const [idOf, setIdOf] = useState<ReadonlyMap<string, string>>(new Map());
  const started = useRef<Map<string, Promise<string | null>>>(new Map());

  useEffect(() => {
    const begun = started.current;
    const stopListening = window.holdfast.on.foldersMeasured(({ measureId, ...measure }) => {
      setFigures((known) => new Map(known).set(measureId, measure));
    });
    return () => {
      stopListening();
      for (const starting of begun.values()) void stop(starting);
      begun.clear();
    };
  }, []);

  useEffect(() => {
    for (const { grant } of folders) {
      if (started.current.has(grant)) continue;
      const starting = start(grant);
      started.current.set(grant, starting);
      void starting.then((id) => {
        if (id !== null) setIdOf((known) => new Map(known).set(grant, id));
        return id;
      });
    }
  }, [folders]);

  return new Map(
    [...idOf].flatMap(([grant, id]) => {
      const measure = figures.get(id);
      return measure === undefined ? [] : [[grant, measure]];
    }),
  );
}

/** null: this folder cannot be counted; a backup reports what is the matter with it. */
async function start(grant: string): Promise<string | null> {
  try {
    return (await request('folders:measure-start', { grant })).measureId;
  } catch {
    return null;
  }
}

async function stop(starting: Promise<string | null>): Promise<void> {
  const measureId = await starting;
  if (measureId !== null) {
    await request('folders:measure-stop', { measureId }).catch(() => undefined);
  }
}
