/** `holdfast exclusions`: what a backup would take and leave out. Asks for no repository and no secret. */
import { resolve } from 'node:path';

import { previewExclusions } from '../../electron/engine/backup/exclusion-preview.ts';
import type { ExcludedPlace } from '../../electron/engine/backup/excluded-places.ts';
import { openCloudFiles } from '../../electron/engine/native/cloud-files.ts';
import type {
  ExclusionGroup,
  ExclusionPreview,
  ExclusionReason,
} from '../../shared/model/exclusions.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatBytes, printable, table, type JsonObject } from '../output.ts';
import type { Session } from '../session.ts';
import type { AddCommand } from './command.ts';
import {
  addExclusionOptions,
  readExclusions,
  type ExclusionArguments,
} from './exclusion-options.ts';

export const addExclusions: AddCommand = (program, bind) => {
  const command = program
    .command('exclusions')
    .summary('show what a backup would leave out, and how much')
    .description(
      'Walks through PATH as a backup with the same options would, reads no file and needs no repository. What is left out is listed by its rule, the largest first.',
    )
    .argument('<path...>', 'files and folders');
  addExclusionOptions(command).action(bind(exclusions));
};

async function exclusions(session: Session, paths: readonly string[], options: ExclusionArguments) {
  const request = await readExclusions(options);
  const folder = session.namedFolder;
  const excludedPlaces: readonly ExcludedPlace[] =
    folder === null ? [] : [{ path: folder, reason: 'destination-inside-source' }];
  const preview = await previewExclusions(
    { ...request, sources: paths.map((path) => resolve(path)), excludedPlaces },
    { cloud: await openCloudFiles(), signal: session.signal },
  );
  session.output.result('exclusions', toJson(preview), describe(preview));
  return preview.unreadable > 0 ? exitCodes.incomplete : exitCodes.done;
}

function toJson({ files, bytes, unreadable, excluded }: ExclusionPreview): JsonObject {
  const total = totalOf(excluded);
  return {
    total_files: files,
    total_bytes: bytes,
    unreadable,
    excluded_files: total.files,
    excluded_bytes: total.bytes,
    excluded: excluded.map(({ reason, ...figures }) => ({ ...reason, ...figures })),
  };
}

function describe({ files, bytes, unreadable, excluded }: ExclusionPreview): string {
  const total = totalOf(excluded);
  const lines = [`To back up: ${files} files, ${formatBytes(bytes)}`];
  if (unreadable > 0) lines.push(`Cannot be read: ${unreadable} files or folders`);
  lines.push(`Left out:   ${total.files} files, ${formatBytes(total.bytes)}`);
  const rows = excluded.map((group) => [
    `  ${printable(ruleOf(group.reason))}`,
    group.reason.kind === 'file-system' ? 'not looked into' : `${group.files} files`,
    group.reason.kind === 'file-system' ? `${group.entries} mounts` : formatBytes(group.bytes),
  ]);
  if (rows.length > 0) lines.push(table(rows));
  return lines.join('\n');
}

/** As it was asked for. */
function ruleOf(reason: ExclusionReason): string {
  switch (reason.kind) {
    case 'pattern':
      return reason.pattern;
    case 'preset':
      return `preset ${reason.preset}`;
    case 'tag':
      return `folders with ${reason.name}`;
    case 'size':
      return 'larger files';
    case 'file-system':
      return 'other file systems';
    case 'cloud':
      return 'only in a cloud';
    case 'place':
      break;
  }
  return reason.place === 'destination-inside-source' ? 'the backup itself' : "Holdfast's own data";
}

function totalOf(groups: readonly ExclusionGroup[]) {
  const total = { files: 0, bytes: 0 };
  for (const { files, bytes } of groups) {
    total.files += files;
    total.bytes += bytes;
  }
  return total;
}
