/** Asks for the preview of a restore. An answer is never kept: what is on the disk may have changed since. */
import { useQuery } from '@tanstack/react-query';
import type { RequestParams } from '../../../shared/ipc/contract.ts';
import type { RestorePreview } from '../../../shared/model/restore.ts';
import { request } from '../../api/client.ts';

export interface RestorePreviewing {
  readonly isMaking: boolean;
  readonly preview: RestorePreview | null;
  readonly error: unknown;
  readonly again: () => void;
}

/** null: none is asked for. */
export function useRestorePreview(params: RequestParams<'restore:plan'> | null): RestorePreviewing {
  const query = useQuery({
    queryKey: ['restore-preview', params],
    queryFn: () => (params === null ? null : request('restore:plan', params)),
    enabled: params !== null,
    retry: false,
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    networkMode: 'always',
  });
  const { isFetching } = query;
  return {
    isMaking: isFetching,
    preview: isFetching || params === null ? null : (query.data ?? null),
    error: isFetching || params === null ? null : query.error,
    again: () => void query.refetch(),
  };
}
