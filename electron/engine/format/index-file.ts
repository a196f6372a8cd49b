/** Index files: which blob lies where in which pack (restic format notes, section 6). The index is the union of all of them. */
import { SEAL_OVERHEAD_BYTES } from '../crypto/sealed.ts';
import { arrayOf, invalid, naturalOf, objectOf, parseObject } from './go-json.ts';
import { idOf, numbersOf, tableOf, type BlobTable } from './blob-table.ts';
import { isId, type Id } from './id.ts';
import type { PackEntry } from './pack-file.ts';

export interface IndexFile {
  /** Each pack whole: all of its blobs, in one index file. */
  readonly packs: readonly { readonly id: Id; readonly blobs: readonly PackEntry[] }[];
}

const UINT32_MAX = 2 ** 32 - 1;
/** What stands around the blobs of a pack, or around all packs, at most. */
const FRAME_BYTES = 128;
const MAX_BLOB_BYTES = Buffer.byteLength(
  `{"id":"${'0'.repeat(64)}","type":"data","offset":${UINT32_MAX},"length":${UINT32_MAX},"uncompressed_length":${UINT32_MAX}},`,
);

export function encodeIndex({ packs }: IndexFile): Buffer {
  return encodeIndexOf(packs.map(({ id, blobs }) => ({ id, blobs: tableOf(blobs) })));
}

/** The same from tables. */
export function encodeIndexOf(
  packs: readonly { readonly id: Id; readonly blobs: BlobTable }[],
): Buffer {
  const blobs = packs.reduce((sum, pack) => sum + pack.blobs.count, 0);
  // Not one long text and then its bytes: of a full index file each of them has eight megabytes.
  const json = Buffer.allocUnsafe(FRAME_BYTES * (packs.length + 1) + MAX_BLOB_BYTES * blobs);
  let at = json.write('{"packs":[');
  for (const [index, { id, blobs: table }] of packs.entries()) {
    at += json.write(`${index === 0 ? '' : ','}{"id":"${id}","blobs":[`, at, 'latin1');
    for (let blob = 0; blob < table.count; blob++) {
      at += json.write((blob === 0 ? '' : ',') + encodeBlob(table, blob), at, 'latin1');
    }
    at += json.write(']}', at, 'latin1');
  }
  at += json.write(']}\n', at, 'latin1');
  return json.subarray(0, at);
}

/** Made for millions: an id and a type need no escaping. */
function encodeBlob(table: BlobTable, blob: number): string {
  const { type, offset, length, uncompressedLength } = numbersOf(table, blob);
  const plain = uncompressedLength > 0 ? `,"uncompressed_length":${uncompressedLength}` : '';
  return `{"id":"${idOf(table, blob)}","type":"${type}","offset":${offset},"length":${length}${plain}}`;
}

/** Throws `format/invalid`. */
export function decodeIndex(json: Uint8Array): IndexFile {
  const { packs } = parseObject(json, 'index');
  // Go writes an empty list as null.
  if (packs === null) return { packs: [] };
  return {
    packs: arrayOf(packs, 'index').map((item) => {
      const pack = objectOf(item, 'pack in the index');
      if (!isId(pack['id'])) throw invalid('pack in the index');
      return { id: pack['id'], blobs: arrayOf(pack['blobs'], 'pack in the index').map(decodeBlob) };
    }),
  };
}

function decodeBlob(item: unknown): PackEntry {
  const what = 'blob in the index';
  const blob = objectOf(item, what);
  const { id, type } = blob;
  if (!isId(id) || (type !== 'data' && type !== 'tree')) throw invalid(what);
  const length = naturalOf(blob['length'], what, UINT32_MAX);
  if (length < SEAL_OVERHEAD_BYTES) throw invalid(what);
  return {
    type,
    id,
    offset: naturalOf(blob['offset'], what, UINT32_MAX),
    length,
    uncompressedLength: naturalOf(blob['uncompressed_length'], what, UINT32_MAX),
  };
}
