/** `holdfast restore`: writes a snapshot, or parts of it, below a folder. */
import { resolve } from 'node:path';

import { Option } from 'commander';

import { encodePath } from '../../electron/engine/format/repository-path.ts';
import { openFileSystem } from '../../electron/engine/native/open-file-system.ts';
import { prepareRestoreThreads } from '../../electron/engine/restore/file-restorer.ts';
import { planRestore } from '../../electron/engine/restore/restore-plan.ts';
import { runRestore } from '../../electron/engine/restore/restorer.ts';
import { HoldfastError } from '../../shared/errors.ts';
import type { RestoreResult } from '../../shared/model/job.ts';
import { conflictPolicySchema, type ConflictPolicy } from '../../shared/model/restore.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatBytes } from '../output.ts';
import type { Session } from '../session.ts';
import { archivePath } from './archive-path.ts';
import { collect, type AddCommand } from './command.ts';

interface RestoreOptions {
  readonly target: string;
  readonly include?: readonly string[];
  readonly conflicts: ConflictPolicy;
  readonly host?: string;
}

const MS_A_SECOND = 1000;

export const addRestore: AddCommand = (program, bind) => {
  program
    .command('restore')
    .summary('restore files and folders')
    .description(
      'Restores a snapshot below the folder given with --target, with the folders that led to it.\n' +
        'Every byte is verified. Files that are already right are left alone.',
    )
    .argument('<snapshot>', 'id, the beginning of one, or latest')
    .requiredOption('--target <dir>', 'the folder to restore into')
    .option('--include <path>', 'only this file or folder of the snapshot (repeatable)', collect)
    .option('--host <name>', 'with latest: of this computer')
    .addOption(
      new Option('--conflicts <policy>', 'what happens to other files that are in the way')
        .choices(conflictPolicySchema.options)
        .default('keep-both'),
    )
    .action(bind(restore));
};

async function restore(session: Session, wanted: string, options: RestoreOptions) {
  const { ports, signal, output } = session;
  prepareRestoreThreads();
  const repository = await session.openRepository();
  const filter = options.host === undefined ? {} : { hostname: options.host };
  const snapshot = await repository.findSnapshot(wanted, filter, signal);
  const fileSystem = await openFileSystem(ports.log);
  const include = (options.include ?? []).map((path) => encodePath(archivePath(path)));
  const result = await session.job(async (job) => {
    await repository.refreshIndex(signal);
    const request = {
      include: include.length === 0 ? ['/'] : include,
      target: { kind: 'folder' as const, path: resolve(options.target), keepParents: true },
      conflictPolicy: options.conflicts,
      repositoryFolder: await session.repositoryFolder(),
      isUnseen: true,
    };
    const plan = await planRestore(repository, snapshot, request, signal);
    if (!plan.preview.enoughSpace) {
      throw new HoldfastError('restore/no-space', { context: { path: plan.preview.targetPath } });
    }
    return await runRestore(repository, plan, { ports, fileSystem }, job);
  });
  output.result('summary', { snapshot_id: snapshot.id, ...toSummary(result) }, describe(result));
  return result.warningCount > 0 ? exitCodes.failed : exitCodes.done;
}

function toSummary(result: RestoreResult) {
  return {
    target: result.targetPath,
    files_restored: result.filesRestored,
    bytes_restored: result.bytesRestored,
    files_skipped: result.filesSkipped,
    files_already_right: result.filesAlreadyRight,
    files_kept_both: result.filesKeptBoth,
    dirs_restored: result.directoriesRestored,
    others_restored: result.otherRestored,
    total_duration: result.durationMs / MS_A_SECOND,
    warning_count: result.warningCount,
  };
}

function describe(result: RestoreResult): string {
  const lines = [
    `Restored ${result.filesRestored} files, ${result.directoriesRestored} folders, ${result.otherRestored} others (${formatBytes(result.bytesRestored)}) to ${result.targetPath}`,
  ];
  if (result.filesAlreadyRight > 0)
    lines.push(`${result.filesAlreadyRight} files were already right`);
  if (result.filesSkipped > 0)
    lines.push(`${result.filesSkipped} existing files were left as they are`);
  if (result.filesKeptBoth > 0) {
    lines.push(
      `${result.filesKeptBoth} files were restored beside existing ones, under a new name`,
    );
  }
  if (result.warningCount > 0)
    lines.push(`${result.warningCount} items could not be restored wholly`);
  return lines.join('\n');
}
