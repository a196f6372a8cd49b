/** What main tells by itself: the state of the app and of all runs, read once and followed by events. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect } from 'react';
import type { AppState } from '../../shared/ipc/contract.ts';
import type { Job } from '../../shared/model/job.ts';
import { request } from './client.ts';
import { withJob } from './with-job.ts';

const STATE = ['app-state'] as const;
const JOBS = ['jobs'] as const;

export interface AppData {
  /** null until it has come. */
  readonly state: AppState | null;
  /** Oldest first. */
  readonly jobs: readonly Job[];
  readonly error: unknown;
  /** Asks for everything once more. */
  readonly again: () => void;
}

export function useAppData(): AppData {
  const queries = useQueryClient();
  const state = useQuery({
    queryKey: STATE,
    queryFn: () => request('app:state', {}),
    retry: false,
  });
  const jobs = useQuery({ queryKey: JOBS, queryFn: () => request('jobs:list', {}), retry: false });
  const lookAgain = useLookAgain();
  useEffect(() => {
    const stopState = window.holdfast.on.stateChanged((changed) => {
      queries.setQueryData(STATE, changed);
    });
    const stopJobs = window.holdfast.on.jobChanged((changed) => {
      queries.setQueryData<Job[]>(JOBS, (known) => known && withJob(known, changed));
    });
    // A disk may have come back while nobody looked.
    const onFocus = (): void => void lookAgain();
    window.addEventListener('focus', onFocus);
    return () => {
      stopState();
      stopJobs();
      window.removeEventListener('focus', onFocus);
    };
  }, [queries, lookAgain]);
  return {
    state: state.data ?? null,
    jobs: jobs.data ?? [],
    error: state.error ?? jobs.error,
    again: () => {
      void state.refetch();
      void jobs.refetch();
    },
  };
}

/** The state alone, for what sits deep in the page. null until it has come. */
export function useAppState(): AppState | null {
  const { data } = useQuery({
    queryKey: STATE,
    queryFn: () => request('app:state', {}),
    retry: false,
  });
  return data ?? null;
}

/** Asks main for the state anew, which makes it look at the disks again. */
export function useLookAgain(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(() => queries.invalidateQueries({ queryKey: STATE }), [queries]);
}
