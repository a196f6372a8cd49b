/** Plans, destinations, archives and runs to look at: plausible, fixed but for the time, and nobody's real data. */
import { usualExclusionOptions } from '../../shared/model/exclusion-options.ts';
import type { AppState, DestinationView } from '../../shared/ipc/contract.ts';
import type { Archive, ArchiveEntry } from '../../shared/model/archive.ts';
import type { BackupResult, Job, Progress } from '../../shared/model/job.ts';
import type { Plan } from '../../shared/model/plan.ts';

const HOUR_MS = 60 * 60 * 1000;

export const hoursAgo = (hours: number): string =>
  new Date(Date.now() - hours * HOUR_MS).toISOString();

export const SAMPLE_IDS = {
  plan: '5f0c1f0e-2d7e-4c55-9a55-0d2f6b7f6f01',
  destination: '8a4f3a52-1c1f-4f0e-8e0b-5b8b8a5c7d02',
  otherDestination: 'a1c9f1de-9d7e-4e43-8a39-1c2d3e4f5a03',
} as const;

export const samplePlan: Plan = {
  id: SAMPLE_IDS.plan,
  name: 'Backup',
  sources: ['/home/anna/Documents', '/home/anna/Pictures'],
  excludes: ['*.tmp', 'node_modules'],
  exclusionOptions: usualExclusionOptions,
  cloudFiles: 'skip',
  destinationId: SAMPLE_IDS.destination,
  createdAt: hoursAgo(400),
  foldersAddedAt: null,
};

export const sampleDestination: DestinationView = {
  id: SAMPLE_IDS.destination,
  location: { kind: 'local', path: '/media/anna/Backup disk/Holdfast' },
  label: 'Holdfast',
  repositoryId: 'd1'.repeat(32),
  fingerprint: '3fa94c01',
  protection: {
    kind: 'key',
    keyId: 'e2'.repeat(32),
    proofs: [{ at: hoursAgo(40), how: 'pasted' }],
    changedAt: null,
    changingTo: null,
    retiringKeyId: null,
    remindAfter: null,
  },
  createdAt: hoursAgo(400),
  status: 'ready',
  place: '/media/anna/Backup disk/Holdfast',
  lockedBecause: null,
  signedOutBecause: null,
  isKeyKept: true,
  isReminderDue: false,
};

export const emptyState: AppState = {
  version: '0.1.0',
  platform: 'linux',
  runtime: 'electron',
  computerName: 'annas-laptop',
  systemLanguage: 'en-GB',
  theme: 'system',
  language: 'system',
  keychain: 'available',
  storages: { hasGoogleClient: true, googleRedirectedTo: null, hasICloud: true },
  bandwidth: { uploadBytesPerSecond: null, downloadBytesPerSecond: null },
  plans: [],
  destinations: [],
  exports: [],
  notices: [],
};

export const sampleProgress: Progress = {
  phase: 'transferring',
  filesDone: 4210,
  filesTotal: 12_345,
  bytesDone: 14_400_000_000,
  bytesTotal: 43_000_000_000,
  bytesPerSecond: 96_000_000,
  secondsLeft: { low: 240, high: 390 },
  currentPath: '/home/anna/Pictures/2024/Summer in Norway/IMG_4711.jpg',
};

export const sampleResult: BackupResult = {
  kind: 'backup',
  snapshotId: 'ab'.repeat(32),
  parentId: null,
  filesNew: 120,
  filesChanged: 14,
  filesUnmodified: 12_211,
  dirsNew: 3,
  dirsChanged: 7,
  dirsUnmodified: 801,
  dataBlobs: 312,
  treeBlobs: 19,
  bytesAdded: 740_000_000,
  bytesAddedPacked: 512_000_000,
  entriesLeftOut: 12,
  filesProcessed: 12_345,
  bytesProcessed: 43_000_000_000,
  durationMs: 187_000,
  warnings: [],
  warningCount: 0,
};

export function sampleJob(change: Partial<Job>): Job {
  return {
    id: 'sample-run',
    kind: 'backup',
    planId: SAMPLE_IDS.plan,
    destinationId: SAMPLE_IDS.destination,
    state: 'succeeded',
    createdAt: hoursAgo(2),
    startedAt: hoursAgo(2),
    finishedAt: hoursAgo(1.9),
    progress: null,
    waiting: null,
    waitError: null,
    triesAgainAt: null,
    result: sampleResult,
    error: null,
    ...change,
  };
}

export function sampleArchive(hours: number): Archive {
  const id = Math.floor(hours * 7919 + 4096)
    .toString(16)
    .padStart(8, '5')
    .repeat(8);
  return {
    id,
    shortId: id.slice(0, 8),
    time: hoursAgo(hours),
    hostname: 'annas-laptop',
    username: 'anna',
    paths: samplePlan.sources,
    tags: [],
    programVersion: 'holdfast 0.1.0',
    totalFiles: 12_345,
    totalBytes: 43_000_000_000,
    bytesAdded: 120_000_000,
  };
}

function entry(path: string, sizeBytes: number | null): ArchiveEntry {
  return {
    path,
    name: path.slice(path.lastIndexOf('/') + 1),
    type: sizeBytes === null ? 'dir' : 'file',
    sizeBytes,
    modifiedAt: hoursAgo(500),
    linkTarget: null,
  };
}

export const sampleFolders: Readonly<Record<string, readonly ArchiveEntry[]>> = {
  '/': [entry('/home', null)],
  '/home': [entry('/home/anna', null)],
  '/home/anna': [entry('/home/anna/Documents', null), entry('/home/anna/Pictures', null)],
  '/home/anna/Documents': [
    entry('/home/anna/Documents/Taxes', null),
    entry('/home/anna/Documents/invoice.pdf', 99_213),
    entry('/home/anna/Documents/letter to the landlord.odt', 48_213),
  ],
  '/home/anna/Documents/Taxes': [entry('/home/anna/Documents/Taxes/2025.ods', 812_004)],
  '/home/anna/Pictures': Array.from({ length: 60 }, (_, index) =>
    entry(`/home/anna/Pictures/IMG_${String(1000 + index)}.jpg`, 4_000_000 + index * 99_999),
  ),
};
