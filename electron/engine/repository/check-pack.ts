/**
 * Reads one pack wholly: its hash is its name, its header parses and says what the index says, and every blob in it
 * decrypts, decompresses and hashes to its id (restic format notes, section 15, `--read-data`).
 */
import { createHash } from 'node:crypto';

import { HoldfastError } from '../../../shared/errors.ts';
import type { Id } from '../format/id.ts';
import { decodePackHeader, type PackEntry } from '../format/pack-file.ts';
import { openBlob } from './blob-reader.ts';
import { reasonOf, type CheckRun } from './check-run.ts';

/** Packs up to this size are held in memory; larger ones (one giant folder) are read in ranges. */
const WHOLE_BYTES = 256 * 1024 * 1024;
const RANGE_BYTES = 16 * 1024 * 1024;

type ReadRange = (offset: number, length: number) => Promise<Buffer>;

export async function checkPackFile(run: CheckRun, pack: Id, sizeBytes: number): Promise<void> {
  const { core, index, findings, signal } = run;
  const file = { kind: 'pack', name: pack } as const;
  try {
    const fromStorage: ReadRange = (offset, length) =>
      core.backend.read(file, { offset, length }, signal);
    // Whole, the backend verifies what came over the network by the storage's checksum.
    const whole =
      sizeBytes <= WHOLE_BYTES ? await core.backend.read(file, undefined, signal) : null;
    const read: ReadRange =
      whole === null
        ? fromStorage
        : (offset, length) => Promise.resolve(whole.subarray(offset, offset + length));
    if ((await hashOf(read, sizeBytes)) !== pack) {
      findings.error(
        'pack',
        pack,
        'The content of this pack file does not match its name: it was altered.',
      );
    }
    const entries = index.blobs.packEntries(pack);
    await checkHeader(run, pack, read, sizeBytes, entries);
    for (const entry of entries) await checkBlob(run, pack, read, entry);
  } catch (error) {
    if (!isFileTrouble(error)) throw error;
    findings.error('pack', pack, `This pack file cannot be read (${error.code}).`);
    run.badPacks.add(pack);
  }
}

async function hashOf(read: ReadRange, sizeBytes: number): Promise<Id> {
  const hash = createHash('sha256');
  for (let offset = 0; offset < sizeBytes; offset += RANGE_BYTES) {
    hash.update(await read(offset, Math.min(RANGE_BYTES, sizeBytes - offset)));
  }
  return hash.digest('hex');
}

async function checkHeader(
  { core, findings }: CheckRun,
  pack: Id,
  read: ReadRange,
  sizeBytes: number,
  entries: readonly PackEntry[],
): Promise<void> {
  try {
    const headerBytes = (await read(sizeBytes - 4, 4)).readUInt32LE(0);
    const tailBytes = Math.min(headerBytes + 4, sizeBytes);
    const tail = await read(sizeBytes - tailBytes, tailBytes);
    const decoded = decodePackHeader(core.masterKey, tail, sizeBytes);
    if (!sameEntries(decoded, entries)) {
      findings.error(
        'pack',
        pack,
        'The table of contents of this pack file differs from the index.',
      );
    }
  } catch (error) {
    if (!(error instanceof HoldfastError) || !isDamageCode(error.code)) throw error;
    findings.error('pack', pack, 'The table of contents of this pack file cannot be read.');
  }
}

async function checkBlob(
  { core, findings, badCopies }: CheckRun,
  pack: Id,
  read: ReadRange,
  { type, id, offset, length, uncompressedLength }: PackEntry,
): Promise<void> {
  try {
    await openBlob(core.masterKey, await read(offset, length), type, id, uncompressedLength);
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'repo/damaged') throw error;
    findings.error(
      'blob',
      id,
      `A piece of the backup in pack ${pack} is damaged: ${reasonOf(error)}.`,
    );
    badCopies.add(copyKey(type, id, pack));
  }
}

export function copyKey(type: string, id: Id, pack: Id): string {
  return `${type} ${id} ${pack}`;
}

function sameEntries(a: readonly PackEntry[], b: readonly PackEntry[]): boolean {
  return (
    a.length === b.length &&
    a.every((entry, at) => {
      const other = b[at];
      return (
        other?.type === entry.type &&
        other.id === entry.id &&
        other.offset === entry.offset &&
        other.length === entry.length &&
        other.uncompressedLength === entry.uncompressedLength
      );
    })
  );
}

function isDamageCode(code: string): boolean {
  return code.startsWith('format/') || code === 'crypto/not-authentic' || code === 'repo/damaged';
}

/** This file only; storage that is gone as a whole ends the check. */
function isFileTrouble(error: unknown): error is HoldfastError {
  return (
    error instanceof HoldfastError &&
    ['backend/io', 'backend/not-found', 'backend/permission-denied'].includes(error.code)
  );
}
