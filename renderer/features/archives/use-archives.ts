/** The archives of a destination; read again as soon as a backup to it has finished. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { Archive } from '../../../shared/model/archive.ts';
import type { DestinationView } from '../../../shared/ipc/contract.ts';
import type { Job } from '../../../shared/model/job.ts';
import { request } from '../../api/client.ts';

export interface Archives {
  /** null while they are read for the first time. Newest first. */
  readonly archives: readonly Archive[] | null;
  readonly error: unknown;
  readonly readAgain: () => void;
}

export function useArchives(destination: DestinationView | null, jobs: readonly Job[]): Archives {
  const destinationId = destination?.id ?? '';
  const finished = jobs
    .filter((job) => job.destinationId === destinationId && job.kind === 'backup')
    .map(({ finishedAt }) => finishedAt ?? '')
    .toSorted()
    .at(-1);
  const query = useQuery({
    queryKey: ['archives', destinationId, finished ?? ''],
    queryFn: () => request('archives:list', { destinationId }),
    enabled: destination?.status === 'ready',
    retry: false,
    networkMode: 'always',
    placeholderData: (previous, previousQuery) =>
      previousQuery?.queryKey[1] === destinationId ? keepPreviousData(previous) : undefined,
  });
  return {
    archives: query.data ?? null,
    error: query.error,
    readAgain: () => void query.refetch(),
  };
}
