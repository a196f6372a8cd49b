/** Snapshots: one finished backup at a point in time (restic format notes, section 7). Fields in restic's order. */
import {
  goObject,
  goString,
  goStrings,
  invalid,
  naturalOf,
  objectOf,
  optionalString,
  optionalStrings,
  parseObject,
} from './go-json.ts';
import { formatGoTime, parseGoTime, type GoTime } from './go-time.ts';
import { isId, type Id } from './id.ts';

/** How the run went; recorded since restic 0.17. */
export interface SnapshotSummary {
  readonly backupStart: GoTime;
  readonly backupEnd: GoTime;
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesUnmodified: number;
  readonly dirsNew: number;
  readonly dirsChanged: number;
  readonly dirsUnmodified: number;
  readonly dataBlobs: number;
  readonly treeBlobs: number;
  /** Plain bytes of new blobs. */
  readonly dataAdded: number;
  /** Their bytes in packs: sealed, with header entries. */
  readonly dataAddedPacked: number;
  readonly totalFilesProcessed: number;
  readonly totalBytesProcessed: number;
}

export interface Snapshot {
  /** In the writer's offset. */
  readonly time: GoTime;
  /** The snapshot that changes were detected against. */
  readonly parent?: Id;
  readonly tree: Id;
  /** Absolute, in the order given. */
  readonly paths: readonly string[];
  readonly hostname?: string;
  readonly username?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly excludes?: readonly string[];
  readonly tags?: readonly string[];
  /** The first version of a snapshot that was edited. */
  readonly original?: Id;
  readonly programVersion?: string;
  readonly summary?: SnapshotSummary;
}

const summaryCounts = [
  ['files_new', 'filesNew'],
  ['files_changed', 'filesChanged'],
  ['files_unmodified', 'filesUnmodified'],
  ['dirs_new', 'dirsNew'],
  ['dirs_changed', 'dirsChanged'],
  ['dirs_unmodified', 'dirsUnmodified'],
  ['data_blobs', 'dataBlobs'],
  ['tree_blobs', 'treeBlobs'],
  ['data_added', 'dataAdded'],
  ['data_added_packed', 'dataAddedPacked'],
  ['total_files_processed', 'totalFilesProcessed'],
  ['total_bytes_processed', 'totalBytesProcessed'],
] as const;

export function encodeSnapshot(snapshot: Snapshot): Buffer {
  const text = (value: string | undefined): string | null =>
    value === undefined || value === '' ? null : goString(value);
  const number = (value: number | undefined): string | null =>
    value === undefined || value === 0 ? null : String(value);
  const list = (value: readonly string[] | undefined): string | null =>
    value === undefined || value.length === 0 ? null : goStrings(value);
  return Buffer.from(
    goObject([
      ['time', goString(formatGoTime(snapshot.time))],
      ['parent', text(snapshot.parent)],
      ['tree', goString(snapshot.tree)],
      ['paths', goStrings(snapshot.paths)],
      ['hostname', text(snapshot.hostname)],
      ['username', text(snapshot.username)],
      ['uid', number(snapshot.uid)],
      ['gid', number(snapshot.gid)],
      ['excludes', list(snapshot.excludes)],
      ['tags', list(snapshot.tags)],
      ['original', text(snapshot.original)],
      ['program_version', text(snapshot.programVersion)],
      ['summary', snapshot.summary === undefined ? null : encodeSummary(snapshot.summary)],
    ]),
  );
}

function encodeSummary(summary: SnapshotSummary): string {
  return goObject([
    ['backup_start', goString(formatGoTime(summary.backupStart))],
    ['backup_end', goString(formatGoTime(summary.backupEnd))],
    ...summaryCounts.map(([name, field]) => [name, String(summary[field])] as const),
  ]);
}

/** Throws `format/invalid`. Fields that are not known are ignored. */
export function decodeSnapshot(json: Uint8Array): Snapshot {
  const what = 'snapshot';
  const snapshot = parseObject(json, what);
  const { tree, parent, original } = snapshot;
  if (!isId(tree)) throw invalid('tree of the snapshot');
  const hostname = optionalString(snapshot['hostname'], what);
  const username = optionalString(snapshot['username'], what);
  const uid = naturalOf(snapshot['uid'], what);
  const gid = naturalOf(snapshot['gid'], what);
  const excludes = optionalStrings(snapshot['excludes'], what);
  const tags = optionalStrings(snapshot['tags'], what);
  const programVersion = optionalString(snapshot['program_version'], what);
  const summary = decodeSummary(snapshot['summary']);
  return {
    time: parseGoTime(snapshot['time']),
    ...(isId(parent) ? { parent } : {}),
    tree,
    paths: optionalStrings(snapshot['paths'], what),
    ...(hostname === '' ? {} : { hostname }),
    ...(username === '' ? {} : { username }),
    ...(uid === 0 ? {} : { uid }),
    ...(gid === 0 ? {} : { gid }),
    ...(excludes.length === 0 ? {} : { excludes }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(isId(original) ? { original } : {}),
    ...(programVersion === '' ? {} : { programVersion }),
    ...(summary === null ? {} : { summary }),
  };
}

function decodeSummary(value: unknown): SnapshotSummary | null {
  if (value === undefined || value === null) return null;
  const what = 'summary of the snapshot';
  const summary = objectOf(value, what);
  const counts = Object.fromEntries(
    summaryCounts.map(([name, field]) => [field, naturalOf(summary[name], what)]),
  ) as Omit<SnapshotSummary, 'backupStart' | 'backupEnd'>;
  return {
    backupStart: parseGoTime(summary['backup_start']),
    backupEnd: parseGoTime(summary['backup_end']),
    ...counts,
  };
}
