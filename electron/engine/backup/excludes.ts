/**
 * Which entries below the sources are left out: patterns that the person wrote, and places that must never be backed up (the
 * destination itself, the app's own data). A source that was named is never dropped by a pattern.
 *
 * Patterns, one a string, `/` between components:
 * - `*.tmp`, `node_modules`: a name, at any depth
 * - `cache/*.bin`: components that follow each other, at any depth
 * - `/home/ann/Downloads`: an absolute path (on Windows `C:\Users\ann\Downloads`)
 * - `*` any characters and `?` one character of a name; `**` as a component any number of folders
 * - `build/`: a `/` at the end matches folders only
 * What matches is left out with all that is in it. There is no negation and no character class. Letter case counts, except on Windows.
 */
import { stat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import type { WarningReason } from '../../../shared/model/job.ts';
import { pathBytes } from '../native/path-bytes.ts';
import { systemCode } from '../native/system-failure.ts';

export interface ExcludePatterns {
  /** `path` is absolute. Every folder above it has been asked about before. */
  matches(path: Buffer, isDirectory: boolean): boolean;
}

export function compileExcludes(
  patterns: readonly string[],
  platform: NodeJS.Platform = process.platform,
): ExcludePatterns {
  const rules = patterns.flatMap((pattern) => {
    const rule = compileOne(pattern, platform);
    return rule === null ? [] : [rule];
  });
  return {
    matches: (path, isDirectory) => {
      if (rules.length === 0) return false;
      const text = comparable(path.toString('utf8'), platform);
      return rules.some(
        (rule) => (isDirectory || !rule.directoriesOnly) && rule.expression.test(text),
      );
    },
  };
}

interface Rule {
  readonly expression: RegExp;
  readonly directoriesOnly: boolean;
}

/** null for a pattern without any name in it: it would match nothing, or everything by accident. */
function compileOne(pattern: string, platform: NodeJS.Platform): Rule | null {
  const text = comparable(pattern.trim(), platform);
  const directoriesOnly = text.endsWith('/');
  const absolute = text.startsWith('/') || (platform === 'win32' && /^[a-z]:\//iu.test(text));
  const components = text.split('/').filter((component) => component !== '' && component !== '.');
  if (components.every((component) => component === '**')) return null;
  let source = absolute ? (text.startsWith('/') ? '^/' : '^') : '(?:^|/)';
  components.forEach((component, index) => {
    const last = index === components.length - 1;
    if (component === '**') source += last ? '.+' : '(?:[^/]+/)*';
    else source += componentSource(component) + (last ? '' : '/');
  });
  const flags = platform === 'win32' ? 'sui' : 'su';
  return { expression: new RegExp(`${source}$`, flags), directoriesOnly };
}

function componentSource(component: string): string {
  return component
    .replaceAll(/[\\^$.+()[\]{}|]/gu, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
}

/** macOS hands out decomposed names that nobody types so. */
function comparable(path: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return path.replaceAll('\\', '/');
  return platform === 'darwin' ? path.normalize('NFC') : path;
}

export interface ExcludedPlace {
  /** Absolute. */
  readonly path: string;
  /** Said of it in the report; both are only informational. */
  readonly reason: Extract<WarningReason, 'destination-inside-source' | 'cache-inside-source'>;
}

export interface LocatedPlace extends ExcludedPlace {
  readonly bytes: Buffer;
  readonly identity: string | null;
}

/** Recognises places by device and inode too, so that a link on the way to them does not hide them. */
export class ExcludedPlaces {
  /** May be sent to another thread, and made to what it is there again. */
  readonly places: readonly LocatedPlace[];

  constructor(places: readonly LocatedPlace[]) {
    this.places = places;
  }

  static async locate(places: readonly ExcludedPlace[]): Promise<ExcludedPlaces> {
    return new ExcludedPlaces(
      await Promise.all(
        places.map(async (place) => {
          const bytes = pathBytes(place.path);
          return { ...place, bytes, identity: await identityAt(bytes) };
        }),
      ),
    );
  }

  /** null when the entry may be backed up. */
  reasonFor(path: Buffer, entry: BigIntStats): ExcludedPlace['reason'] | null {
    if (this.places.length === 0) return null;
    const identity = identityOf(entry);
    const found = this.places.find(
      (place) => place.bytes.equals(path) || (identity !== null && place.identity === identity),
    );
    return found?.reason ?? null;
  }
}

/** Why an entry below a source is left out, or null. */
export function reasonToSkip(
  { patterns, places }: { readonly patterns: ExcludePatterns; readonly places: ExcludedPlaces },
  path: Buffer,
  entry: BigIntStats,
): ExcludedPlace['reason'] | 'pattern' | null {
  const place = places.reasonFor(path, entry);
  if (place !== null) return place;
  return patterns.matches(path, entry.isDirectory()) ? 'pattern' : null;
}

async function identityAt(path: Buffer): Promise<string | null> {
  try {
    return identityOf(await stat(path, { bigint: true }));
  } catch (error) {
    // What does not exist (yet) is known by its path alone.
    if (systemCode(error) === null) throw error;
    return null;
  }
}

function identityOf(entry: BigIntStats): string | null {
  return entry.isDirectory() && entry.ino !== 0n ? `${entry.dev}:${entry.ino}` : null;
}
