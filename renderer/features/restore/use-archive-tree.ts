/** One tree for one archive, with its way to the entries; goes down by itself to where there is a choice. */
import { useEffect, useMemo } from 'react';
import type { Archive } from '../../../shared/model/archive.ts';
import { request } from '../../api/client.ts';
import { ROOT_PATH } from './archive-path.ts';
import { ArchiveTree } from './archive-tree.ts';

export function useArchiveTree(
  destinationId: string,
  archive: Archive | null,
  rootName: string,
): ArchiveTree | null {
  const archiveId = archive?.id ?? null;
  const modifiedAt = archive?.time ?? '';
  const tree = useMemo(() => {
    if (archiveId === null) return null;
    return new ArchiveTree(
      {
        path: ROOT_PATH,
        name: rootName,
        type: 'dir',
        sizeBytes: null,
        modifiedAt,
        linkTarget: null,
      },
      (path, offset, limit) =>
        request('archives:children', { destinationId, archiveId, path, offset, limit }),
    );
  }, [destinationId, archiveId, modifiedAt, rootName]);
  useEffect(() => {
    void tree?.openFirstFork();
  }, [tree]);
  return tree;
}
