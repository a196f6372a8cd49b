/**
 * Checks a repository as restic does (restic format notes, section 15) and says in plain words what is wrong:
 * index files, packs, with `readData` every byte of them, and that every archive leads to everything it names.
 * Works under a shared lock: nothing is ever deleted under one, so backups may go on meanwhile.
 */
import type { CheckResult, ReadDataSubset } from '../../../shared/model/job.ts';
import type { Id } from '../format/id.ts';
import { packFileBytes } from '../format/pack-file.ts';
import type { JobPort } from '../ports.ts';
import { ProgressMeter } from '../progress-meter.ts';
import { checkPacks } from './check-pack.ts';
import { FindingList, reasonOf, type CheckRun } from './check-run.ts';
import { choosePacks } from './check-subset.ts';
import { checkTrees } from './check-trees.ts';
import { IndexStore } from './index-store.ts';
import { keyIds, readKeyFile } from './key-slots.ts';
import type { Repository } from './repository.ts';
import { SnapshotStore, type LoadedSnapshot } from './snapshots.ts';

export interface CheckOptions {
  /** Also read, decrypt and hash every pack: the whole repository is downloaded. */
  readonly readData: boolean;
  /** Without `readData`: read just these packs. */
  readonly readDataSubset?: ReadDataSubset | undefined;
}

/**
 * Damage is a finding, not an error.
 * @throws HoldfastError `repo/locked`, `backend/*`, and the job's `job/cancelled`
 */
export async function check(
  repository: Repository,
  { readData, readDataSubset }: CheckOptions,
  job: JobPort,
): Promise<CheckResult> {
  const { core } = repository;
  const startedMs = core.ports.clock.monotonicMs();
  const lock = await repository.lockForReading(job.signal);
  try {
    const run: CheckRun = {
      core,
      // Nothing that this session remembers may hide what is wrong in the storage now.
      index: new IndexStore(core),
      meter: new ProgressMeter(core.ports.clock, job),
      signal: lock === null ? job.signal : AbortSignal.any([job.signal, lock.lostSignal]),
      findings: new FindingList(),
      readsPacks: readData || readDataSubset !== undefined,
      badPacks: new Set(),
      badCopies: new Set(),
    };
    run.meter.phase('preparing');
    // What was damaged at rest shows to nobody who does not look.
    await core.backend.listAnew?.(run.signal);
    // What another computer has written just now is not missing because nobody can see it yet.
    await core.backend.untilComplete?.(run.signal);
    await checkKeys(run);
    // Snapshots before the index: all they need was indexed before they were written.
    const snapshots = await loadSnapshots(run);
    await loadIndex(run);
    const packSizes = await checkPackSizes(run);
    const toRead =
      readData || readDataSubset === undefined ? packSizes : choosePacks(packSizes, readDataSubset);
    const bytesRead = run.readsPacks ? await readPacks(run, toRead) : 0;
    run.meter.phase('scanning');
    await checkTrees(run, snapshots);
    run.meter.phase('finishing');
    return {
      kind: 'check',
      readData,
      packsChecked: run.index.blobs.packCount,
      bytesRead,
      snapshotsChecked: snapshots.length,
      errorCount: run.findings.errorCount,
      findings: run.findings.listed,
      durationMs: core.ports.clock.monotonicMs() - startedMs,
    };
  } finally {
    await lock?.release();
  }
}

async function checkKeys({ core, findings, signal }: CheckRun): Promise<void> {
  for (const id of await keyIds(core.backend, signal)) {
    const keyFile = await readKeyFile(core.backend, id, signal);
    if (keyFile === 'malformed') {
      findings.error(
        'key',
        id,
        'This key file is malformed and opens nothing. Remove it: other programs may stop at it.',
      );
    } else if (keyFile !== 'gone' && !keyFile.hasItsName) {
      findings.error(
        'key',
        id,
        'This key file was altered since it was written. Make a new key and remove this one.',
      );
    }
  }
}

async function loadSnapshots({
  core,
  findings,
  meter,
  signal,
}: CheckRun): Promise<LoadedSnapshot[]> {
  await meter.step();
  return await new SnapshotStore(core).list(signal, (id, error) => {
    findings.error('snapshot', id, `This archive cannot be opened: ${reasonOf(error)}.`);
  });
}

async function loadIndex({ index, findings, meter, signal }: CheckRun): Promise<void> {
  await meter.step();
  await index.refresh(signal, {
    unreadable: (id, error) => {
      findings.error(
        'index',
        id,
        `This index file cannot be used: ${reasonOf(error)}. What only it lists counts as missing.`,
      );
    },
    repeatedPack: (id, pack, addition) => {
      if (addition === 'same')
        findings.hint('index', id, `Pack ${pack} is listed in more than one index file.`);
      else findings.error('index', id, `Index files disagree about the content of pack ${pack}.`);
    },
  });
}

/** Every indexed pack exists and has exactly the size that its entries add up to. Returns the sizes of the good ones. */
async function checkPackSizes(run: CheckRun): Promise<Map<Id, number>> {
  const { core, index, findings, meter, badPacks, signal } = run;
  const stored = new Map<Id, number>();
  const altered = new Set<Id>();
  for await (const { name, sizeBytes, sha256 } of core.backend.list('pack', signal)) {
    // The storage's own checksum of what it holds: damage at rest shows without a download.
    if (sha256 !== undefined && sha256 !== name) altered.add(name);
    if (index.blobs.hasPack(name)) stored.set(name, sizeBytes);
    else
      findings.hint(
        'pack',
        name,
        'No index file lists this pack. It is left over from an interrupted run and does no harm.',
      );
  }
  for (const pack of index.blobs.packIds()) {
    await meter.step();
    const size = stored.get(pack);
    const entries = index.blobs.packEntries(pack);
    const expected = packFileBytes(entries);
    if (size === undefined) {
      findings.error(
        'pack',
        pack,
        `This pack file is missing. It held ${entries.length} pieces of the backup.`,
      );
    } else if (size !== expected) {
      findings.error(
        'pack',
        pack,
        `This pack file has ${size} bytes instead of ${expected}. It held ${entries.length} pieces of the backup.`,
      );
    } else if (altered.has(pack)) {
      findings.error(
        'pack',
        pack,
        `The storage itself says that this pack file was altered. It held ${entries.length} pieces of the backup.`,
      );
    } else {
      if (new Set(entries.map(({ type }) => type)).size > 1) {
        findings.hint(
          'pack',
          pack,
          'This pack mixes file contents and folders, as old versions wrote it.',
        );
      }
      continue;
    }
    stored.delete(pack);
    badPacks.add(pack);
  }
  return stored;
}

async function readPacks(run: CheckRun, sizes: ReadonlyMap<Id, number>): Promise<number> {
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  run.meter.phase('transferring');
  run.meter.totals(sizes.size, total);
  return checkPacks(run, sizes);
}
