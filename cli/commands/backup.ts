/** `holdfast backup`: makes one snapshot of files and folders. */
import { resolve } from 'node:path';

import { prepareArchiveThreads } from '../../electron/engine/backup/archive-workers.ts';
import { runBackup } from '../../electron/engine/backup/archiver.ts';
import { openCloudFiles } from '../../electron/engine/native/cloud-files.ts';
import { openFileSystem } from '../../electron/engine/native/open-file-system.ts';
import type { BackupResult } from '../../shared/model/job.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatBytes } from '../output.ts';
import type { Session } from '../session.ts';
import { collect, type AddCommand } from './command.ts';
import {
  addExclusionOptions,
  readExclusions,
  type ExclusionArguments,
} from './exclusion-options.ts';

interface BackupOptions extends ExclusionArguments {
  readonly tag?: readonly string[];
}

const MS_A_SECOND = 1000;

export const addBackup: AddCommand = (program, bind) => {
  const command = program
    .command('backup')
    .summary('back up files and folders')
    .description('Makes a snapshot of the files and folders at PATH.')
    .argument('<path...>', 'files and folders')
    .option('--tag <tag>', 'mark the snapshot (repeatable)', collect);
  addExclusionOptions(command).action(bind(backup));
};

async function backup(
  session: Session,
  paths: readonly string[],
  { tag = [], ...options }: BackupOptions,
) {
  const exclusions = await readExclusions(options);
  prepareArchiveThreads();
  const repository = await session.openRepository();
  const { ports } = session;
  const folder = await session.repositoryFolder();
  const request = {
    sources: paths.map((path) => resolve(path)),
    ...exclusions,
    excludedPlaces:
      folder === null ? [] : [{ path: folder, reason: 'destination-inside-source' as const }],
    tags: tag,
  };
  const fileSystem = await openFileSystem(ports.log);
  const cloud = await openCloudFiles();
  const result = await session.job((job) =>
    runBackup(repository, request, { ports, fileSystem, cloud }, job),
  );
  session.output.result('summary', toSummary(result), describe(result));
  return result.warningCount > 0 ? exitCodes.incomplete : exitCodes.done;
}

/** The names of restic's summary, and what it has no name for. */
function toSummary(result: BackupResult) {
  return {
    files_new: result.filesNew,
    files_changed: result.filesChanged,
    files_unmodified: result.filesUnmodified,
    dirs_new: result.dirsNew,
    dirs_changed: result.dirsChanged,
    dirs_unmodified: result.dirsUnmodified,
    data_blobs: result.dataBlobs,
    tree_blobs: result.treeBlobs,
    data_added: result.bytesAdded,
    data_added_packed: result.bytesAddedPacked,
    total_files_processed: result.filesProcessed,
    total_bytes_processed: result.bytesProcessed,
    total_duration: result.durationMs / MS_A_SECOND,
    entries_left_out: result.entriesLeftOut,
    warning_count: result.warningCount,
    parent: result.parentId,
    snapshot_id: result.snapshotId,
  };
}

function describe(result: BackupResult): string {
  const lines = [
    `Files:   ${result.filesNew} new, ${result.filesChanged} changed, ${result.filesUnmodified} unmodified`,
    `Folders: ${result.dirsNew} new, ${result.dirsChanged} changed, ${result.dirsUnmodified} unmodified`,
    `Added:   ${formatBytes(result.bytesAdded)} (${formatBytes(result.bytesAddedPacked)} stored)`,
    `Processed ${result.filesProcessed} files, ${formatBytes(result.bytesProcessed)} in ${(result.durationMs / MS_A_SECOND).toFixed(1)} s`,
    `Snapshot ${result.snapshotId.slice(0, 8)} saved`,
  ];
  if (result.entriesLeftOut > 0) {
    lines.push(`${result.entriesLeftOut} files or folders left out as asked`);
  }
  if (result.warningCount > 0) {
    lines.push(`${result.warningCount} files or folders could not be read and are not in it`);
  }
  return lines.join('\n');
}
