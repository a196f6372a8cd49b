/** What a backup would take and what it would leave out, found by one walk through the sources. Needs no repository and reads no file. */
import type { ExclusionPreview } from '../../../shared/model/exclusions.ts';
import type { CloudFiles } from '../native/cloud-files.ts';
import type { CloudPolicy } from './cloud-sources.ts';
import { ExcludedTally } from './excluded-tally.ts';
import { Exclusions, locateExclusions, type ExclusionRequest } from './exclusions.ts';
import { measureFolder, type FolderMeasure } from './folder-measure.ts';
import { cleanSources, outermost } from './source-tree.ts';

export interface PreviewRequest extends ExclusionRequest {
  /** Absolute paths of files and folders. */
  readonly sources: readonly string[];
  readonly cloudFiles: CloudPolicy;
}

export interface PreviewMeans {
  readonly cloud: CloudFiles;
  readonly signal: AbortSignal;
  /** Called for each folder; `soFar` makes the figures only when they are wanted. */
  readonly onProgress?: (soFar: () => ExclusionPreview) => void;
}

/** Rejects only with the signal's reason. A source that is not there counts as unreadable. */
export async function previewExclusions(
  request: PreviewRequest,
  { cloud, signal, onProgress }: PreviewMeans,
): Promise<ExclusionPreview> {
  const sources = outermost(cleanSources(request.sources));
  const exclusions = new Exclusions(await locateExclusions(request, sources));
  const tally = new ExcludedTally();
  const done: FolderMeasure = { files: 0, bytes: 0, unreadable: 0 };
  const figures = (current: Readonly<FolderMeasure>): ExclusionPreview => ({
    files: done.files + current.files,
    bytes: done.bytes + current.bytes,
    unreadable: done.unreadable + current.unreadable,
    excluded: tally.groups(),
  });
  for (const source of sources) {
    const measure = await measureFolder(source, {
      signal,
      leaving: { exclusions, tally, cloud, cloudFiles: request.cloudFiles },
      onProgress: (current) => onProgress?.(() => figures(current)),
    });
    done.files += measure.files;
    done.bytes += measure.bytes;
    done.unreadable += measure.unreadable;
  }
  return figures({ files: 0, bytes: 0, unreadable: 0 });
}
