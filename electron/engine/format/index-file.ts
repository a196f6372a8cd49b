/** Index files: which blob lies where in which pack (restic format notes, section 6). The index is the union of all of them. */
import { SEAL_OVERHEAD_BYTES } from '../crypto/sealed.ts';
import {
  arrayOf,
  goObject,
  goString,
  invalid,
  naturalOf,
  objectOf,
  parseObject,
} from './go-json.ts';
import { isId, type Id } from './id.ts';
import type { PackEntry } from './pack-file.ts';

export interface IndexFile {
  /** Each pack whole: all of its blobs, in one index file. */
  readonly packs: readonly { readonly id: Id; readonly blobs: readonly PackEntry[] }[];
}

const UINT32_MAX = 2 ** 32 - 1;

export function encodeIndex(index: IndexFile): Buffer {
  const packs = index.packs.map(({ id, blobs }) =>
    goObject([
      ['id', goString(id)],
      ['blobs', `[${blobs.map(encodeBlob).join(',')}]`],
    ]),
  );
  return Buffer.from(`{"packs":[${packs.join(',')}]}\n`);
}

/** Made for millions: an id and a type need no escaping. */
function encodeBlob({ id, type, offset, length, uncompressedLength }: PackEntry): string {
  const plain = uncompressedLength > 0 ? `,"uncompressed_length":${uncompressedLength}` : '';
  return `{"id":"${id}","type":"${type}","offset":${offset},"length":${length}${plain}}`;
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
