/** The options that say what a backup leaves out: the same for `backup` and `exclusions`. */
import { readFile } from 'node:fs/promises';

import { Option, type Command } from 'commander';

import type { CloudPolicy } from '../../electron/engine/backup/cloud-sources.ts';
import { patternProblem } from '../../electron/engine/backup/exclude-patterns.ts';
import { cacheDirectoryTag } from '../../shared/model/exclusion-options.ts';
import {
  exclusionPresetSchema,
  type ExclusionOptions,
  type ExclusionPreset,
  type FolderTag,
} from '../../shared/model/exclusions.ts';
import { parseSize } from '../amounts.ts';
import { UsageError } from '../session.ts';
import { collect } from './command.ts';

export interface ExclusionArguments {
  readonly exclude?: readonly string[];
  readonly excludeFile?: readonly string[];
  readonly excludePreset?: readonly string[];
  readonly excludeCaches?: boolean;
  readonly excludeIfPresent?: readonly string[];
  readonly excludeLargerThan?: string;
  readonly oneFileSystem?: boolean;
  readonly cloudFiles?: CloudPolicy;
}

/** Files that are only in a cloud have a policy of their own, which this name says in other words. */
const CLOUD_PRESET = 'cloud-placeholders';
const PRESETS = [...exclusionPresetSchema.options, CLOUD_PRESET];

export function addExclusionOptions(command: Command): Command {
  return command
    .option(
      '--exclude <pattern>',
      'leave out what matches, written as in .gitignore; the last pattern that matches decides (repeatable)',
      collect,
    )
    .option(
      '--exclude-file <path>',
      'patterns from a file, one a line, before those of --exclude (repeatable)',
      collect,
    )
    .addOption(
      new Option(
        '--exclude-preset <name>',
        `leave out a known list: ${PRESETS.join(', ')} (repeatable)`,
      ).argParser((value: string, before: readonly string[] | undefined) => {
        if (!PRESETS.includes(value)) {
          throw new UsageError(`--exclude-preset knows ${PRESETS.join(', ')}, not "${value}"`);
        }
        return collect(value, before);
      }),
    )
    .option(
      '--exclude-caches',
      'of folders with a CACHEDIR.TAG keep only that file (as --exclude-preset caches does, too)',
    )
    .option(
      '--exclude-if-present <name[:start]>',
      'of folders that hold a file of this name, which begins so, keep only that file (repeatable)',
      collect,
    )
    .option('--exclude-larger-than <size>', 'leave out larger files, e.g. 500M or 2G')
    .option('--one-file-system', 'leave out other file systems; their mount points stay as folders')
    .addOption(
      // No default here: whoever says `fetch` and leaves them out contradicts himself.
      new Option(
        '--cloud-files <what>',
        'what to do with files that are only in a cloud; skip, unless said: leave them out, and list them',
      ).choices(['skip', 'fetch']),
    );
}

/** What the options say; nothing is left out that was not asked for. Throws UsageError. */
export async function readExclusions(options: ExclusionArguments): Promise<{
  readonly excludes: readonly string[];
  readonly exclusionOptions: ExclusionOptions;
  readonly cloudFiles: CloudPolicy;
}> {
  const excludes: string[] = [];
  for (const path of options.excludeFile ?? []) excludes.push(...(await patternsIn(path)));
  excludes.push(...(options.exclude ?? []));
  for (const pattern of excludes) refuseUseless(pattern);
  const named = options.excludePreset ?? [];
  if (named.includes(CLOUD_PRESET) && options.cloudFiles === 'fetch') {
    throw new UsageError(
      `--exclude-preset ${CLOUD_PRESET} and --cloud-files fetch exclude each other`,
    );
  }
  const tags = (options.excludeIfPresent ?? []).map(tagOf);
  if (options.excludeCaches === true) tags.push(cacheDirectoryTag);
  const { excludeLargerThan: size } = options;
  return {
    excludes,
    exclusionOptions: {
      presets: [...new Set(named)].filter((name): name is ExclusionPreset => name !== CLOUD_PRESET),
      tags,
      largerThanBytes: size === undefined ? null : parseSize(size, '--exclude-larger-than'),
      oneFileSystem: options.oneFileSystem === true,
    },
    cloudFiles: options.cloudFiles ?? 'skip',
  };
}

/** A mistake must not look like a rule that happens to find nothing. */
function refuseUseless(pattern: string): void {
  const problem = patternProblem(pattern);
  if (problem === 'no-name') {
    throw new UsageError(`the pattern "${pattern}" has no name in it and would match nothing`);
  }
  if (problem === 'broken') {
    throw new UsageError(
      `the pattern "${pattern}" is not complete: a [ without its ], or a \\ at the end (\\[ means the character)`,
    );
  }
}

/** As git reads such a file: lines end with LF or CR LF, and a byte order mark is none of them. */
async function patternsIn(path: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(`--exclude-file ${path} cannot be read (${why})`);
  }
  return text
    .replace(/^\uFEFF/u, '')
    .split(/\r?\n/u)
    .filter((line) => line !== '');
}

/** `name`, or `name:start of the file`, as restic has it. */
function tagOf(text: string): FolderTag {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  if (name === '' || name.includes('/')) {
    throw new UsageError(`--exclude-if-present needs the name of a file, not "${text}"`);
  }
  return { name, header: colon < 0 ? null : text.slice(colon + 1) };
}
