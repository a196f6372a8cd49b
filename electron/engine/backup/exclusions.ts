/**
 * What a backup leaves out below its sources: the presets' patterns, the person's own, tagged folders, large files, other file systems, and the
 * places that must never be in it. Plain data goes to the threads (`ExclusionData`); each of them makes its rules of it once. A backup and a
 * preview ask the same rules, with what they know anyway: the names of a folder and an entry's `lstat`. Beyond that only a file that may be a
 * tag is opened. A source that was named is never dropped, whatever its name or size; a tag in it counts.
 *
 * Patterns come last and so may take back with `!` what a preset leaves out. All else cannot be taken back.
 */
import { closeSync, constants, lstatSync, openSync, readSync, type BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { noExclusionOptions } from '../../../shared/model/exclusion-options.ts';
import type { ExclusionOptions, ExclusionReason } from '../../../shared/model/exclusions.ts';
import { isWithin, joinPath, lastName } from '../native/path-bytes.ts';
import { systemCode } from '../native/system-failure.ts';
import { comparableText, PatternMatcher, type Surroundings } from './exclude-patterns.ts';
import { ExcludedPlaces, type ExcludedPlace, type LocatedPlace } from './excluded-places.ts';
import { exclusionPresets, presetPatterns } from './exclusion-presets.ts';
import { reaching } from '../native/long-paths.ts';

/** Can be cloned from thread to thread. */
export interface ExclusionData {
  readonly patterns: readonly string[];
  readonly options: ExclusionOptions;
  readonly places: readonly LocatedPlace[];
  /** Of the sources; empty unless other file systems are left out. */
  readonly devices: readonly SourceDevice[];
  /** Of the person who runs this. */
  readonly home: string;
}

interface SourceDevice {
  readonly path: Buffer;
  readonly device: bigint;
}

export interface ExclusionRequest {
  /** Patterns, see `exclude-patterns.ts`. */
  readonly excludes: readonly string[];
  readonly exclusionOptions?: ExclusionOptions | undefined;
  /** Never backed up, and said so when one is met. */
  readonly excludedPlaces: readonly ExcludedPlace[];
}

/** Looks at places and sources. A source that cannot be looked at is left to whoever reads it. */
export async function locateExclusions(
  { excludes, exclusionOptions = noExclusionOptions, excludedPlaces }: ExclusionRequest,
  sources: readonly Buffer[],
): Promise<ExclusionData> {
  const { places } = await ExcludedPlaces.locate(excludedPlaces);
  const devices: SourceDevice[] = [];
  for (const path of exclusionOptions.oneFileSystem ? sources : []) {
    try {
      devices.push({ path, device: (await lstat(path, { bigint: true })).dev });
    } catch (error) {
      if (systemCode(error) === null) throw error;
    }
  }
  return { patterns: excludes, options: exclusionOptions, places, devices, home: homedir() };
}

interface TagRule {
  readonly name: Buffer;
  readonly header: Buffer | null;
  /** Only in folders of this name; null: in all. */
  readonly folder: string | null;
  readonly reason: ExclusionReason;
}

export class Exclusions {
  readonly places: ExcludedPlaces;
  readonly platform: NodeJS.Platform;
  readonly patterns: PatternMatcher;
  readonly tags: readonly TagRule[];
  /** In bytes; null: any size will do. */
  readonly largerThan: bigint | null;
  /** The deepest source first. */
  readonly #devices: readonly SourceDevice[];

  constructor(data: ExclusionData, platform: NodeJS.Platform = process.platform) {
    const { presets, tags, largerThanBytes, oneFileSystem } = data.options;
    // A Buffer that came from another thread is a plain array of bytes.
    this.places = new ExcludedPlaces(
      data.places.map((place) => ({ ...place, bytes: Buffer.from(place.bytes) })),
    );
    this.platform = platform;
    this.patterns = new PatternMatcher(
      [
        ...presets.flatMap((preset) =>
          presetPatterns(preset, platform, data.home).map((entry) => ({
            ...entry,
            reason: { kind: 'preset', preset } as const,
          })),
        ),
        ...data.patterns.map((pattern) => ({
          pattern,
          reason: { kind: 'pattern', pattern } as const,
        })),
      ],
      platform,
    );
    this.tags = [
      ...tags.map(({ name, header }) => tagRule({ name, header }, { kind: 'tag', name })),
      ...presets.flatMap((preset) =>
        exclusionPresets[preset].tags.map((tag) => tagRule(tag, { kind: 'preset', preset })),
      ),
    ];
    this.largerThan = largerThanBytes === null ? null : BigInt(largerThanBytes);
    this.#devices = oneFileSystem
      ? data.devices
          .map(({ path, device }) => ({ path: Buffer.from(path), device }))
          .sort((a, b) => b.path.length - a.path.length)
      : [];
  }

  /** The rules as they are in one folder, a source or below one. `stat` is the folder's own, where it is at hand. */
  in(folder: Buffer, stat: BigIntStats | null = null): FolderExclusions {
    return new FolderExclusions(this, folder, this.#device(folder), stat);
  }

  /** null: any will do. */
  #device(path: Buffer): bigint | null {
    return this.#devices.find((source) => isWithin(path, source.path))?.device ?? null;
  }
}

export interface NarrowedNames {
  readonly names: readonly Buffer[];
  /** Why the others are left out; null when none are. */
  readonly reason: ExclusionReason | null;
}

const SIZE: ExclusionReason = { kind: 'size' };
const FILE_SYSTEM: ExclusionReason = { kind: 'file-system' };

export class FolderExclusions implements Surroundings {
  readonly #rules: Exclusions;
  readonly #folder: Buffer;
  readonly #device: bigint | null;
  readonly #stat: BigIntStats | null;
  #names: readonly Buffer[] = [];
  #comparableNames: { readonly all: Set<string>; readonly endings: Set<string> } | null = null;
  #prefix: string | null = null;

  constructor(rules: Exclusions, folder: Buffer, device: bigint | null, stat: BigIntStats | null) {
    this.#rules = rules;
    this.#folder = folder;
    this.#device = device;
    this.#stat = stat;
  }

  /** Another file system is mounted here, and it is to be left out: the folder is kept, and empty. Asks before it is listed. */
  isMountPoint(): boolean {
    if (this.#device === null) return false;
    const stat =
      this.#stat ??
      reaching(this.#folder, (at) => lstatSync(at, { bigint: true, throwIfNoEntry: false }));
    return stat !== undefined && stat.dev !== this.#device;
  }

  /** Told the folder's names; says which of them stay where a tag is among them. To be called before `reasonFor`. */
  narrow(names: readonly Buffer[]): NarrowedNames {
    this.#names = names;
    for (const tag of this.#rules.tags) {
      const found = names.find((name) => name.length === tag.name.length && name.equals(tag.name));
      if (found === undefined || !this.#holds(tag)) continue;
      return { names: [found], reason: names.length > 1 ? tag.reason : null };
    }
    return { names, reason: null };
  }

  /** Why an entry is left out, or null. */
  reasonFor(name: Buffer, path: Buffer, entry: BigIntStats): ExclusionReason | null {
    const place = this.#rules.places.reasonFor(path, entry);
    if (place !== null) return { kind: 'place', place };
    const reason = this.#patternFor(name, entry.isDirectory());
    if (reason !== null) return reason;
    if (this.#device !== null && entry.dev !== this.#device && !entry.isDirectory()) {
      return FILE_SYSTEM;
    }
    const { largerThan } = this.#rules;
    return largerThan !== null && entry.size > largerThan && entry.isFile() ? SIZE : null;
  }

  /** The same for what cannot even be looked at: what a pattern leaves out need not be readable. */
  reasonForUnreadable(name: Buffer): ExclusionReason | null {
    return this.#patternFor(name, true);
  }

  /** The same for a file of which only a stub is here, by the name and size that it has itself. */
  reasonForStub(name: Buffer, sizeBytes: number): ExclusionReason | null {
    const { largerThan } = this.#rules;
    const isTooLarge = largerThan !== null && sizeBytes > largerThan;
    return this.#patternFor(name, false) ?? (isTooLarge ? SIZE : null);
  }

  #patternFor(name: Buffer, isDirectory: boolean): ExclusionReason | null {
    const { patterns, platform } = this.#rules;
    if (patterns.isEmpty) return null;
    return patterns.reasonFor(comparableText(name.toString('utf8'), platform), isDirectory, this);
  }

  pathTo(name: string): string {
    if (this.#prefix === null) {
      const folder = comparableText(this.#folder.toString('utf8'), this.#rules.platform);
      this.#prefix = folder.endsWith('/') ? folder : `${folder}/`;
    }
    return this.#prefix + name;
  }

  hasBeside(wanted: string): boolean {
    const { platform } = this.#rules;
    if (this.#comparableNames === null) {
      const all = new Set<string>();
      const endings = new Set<string>();
      for (const bytes of this.#names) {
        const name = comparableText(bytes.toString('utf8'), platform);
        all.add(name);
        const dot = name.lastIndexOf('.');
        if (dot > 0) endings.add(name.slice(dot));
      }
      this.#comparableNames = { all, endings };
    }
    const { all, endings } = this.#comparableNames;
    const text = comparableText(wanted, platform);
    return text.startsWith('*.') ? endings.has(text.slice(1)) : all.has(text);
  }

  #holds({ name, header, folder }: TagRule): boolean {
    if (folder !== null && lastName(this.#folder).toString('utf8') !== folder) return false;
    return header === null || beginsWith(joinPath(this.#folder, name), header);
  }
}

function tagRule(
  { name, header, folder }: { name: string; header: string | null; folder?: string },
  reason: ExclusionReason,
): TagRule {
  return {
    name: Buffer.from(name),
    header: header === null ? null : Buffer.from(header),
    folder: folder ?? null,
    reason,
  };
}

/** False for what cannot be read, which the backup itself will find. Does not wait for pipes. */
function beginsWith(path: Buffer, header: Buffer): boolean {
  let file: number;
  try {
    file = reaching(path, (at) => openSync(at, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)));
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return false;
  }
  try {
    const start = Buffer.alloc(header.length);
    return readSync(file, start, 0, header.length, 0) === header.length && start.equals(header);
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return false;
  } finally {
    closeSync(file);
  }
}
