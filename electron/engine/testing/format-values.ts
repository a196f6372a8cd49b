/** Arbitrary valid values of everything that the repository's format stores. */
import fc from 'fast-check';
import { cipherKeyFromBytes } from '../crypto/sealed.ts';
import type { Config } from '../format/config-file.ts';
import type { GoTime } from '../format/go-time.ts';
import type { IndexFile } from '../format/index-file.ts';
import type { KeyFile } from '../format/key-file.ts';
import type { LockFile } from '../format/lock-file.ts';
import type { PackEntry } from '../format/pack-file.ts';
import type { Snapshot, SnapshotSummary } from '../format/snapshot-file.ts';
import type { Node } from '../format/tree.ts';

const bytes = (minLength: number, maxLength = minLength): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));
const id = bytes(32).map((digest) => digest.toString('hex'));
const text = fc.string({ unit: 'binary', maxLength: 12 });
const texts = fc.array(text, { maxLength: 3 });
const uint32 = fc.nat({ max: 0x7fff_ffff }).map((half) => half * 2);
const count = fc.maxSafeNat();
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const time: fc.Arbitrary<GoTime> = fc.record({
  epochNs: fc.bigInt({ min: -60_000_000_000_000_000_000n, max: 250_000_000_000_000_000_000n }),
  offsetMinutes: fc.integer({ min: -14 * 60, max: 14 * 60 }),
});

const config: fc.Arbitrary<Config> = fc.record({
  version: fc.constantFrom(1 as const, 2 as const),
  id,
  chunkerPolynomial: fc.constantFrom(0x3da3358b4dc173n, 0x3abc9bff07d9e5n),
});

const keyFile: fc.Arbitrary<KeyFile> = fc.record({
  created: time,
  username: text,
  hostname: text,
  N: fc.constantFrom(2, 32_768, 2 ** 40),
  r: count,
  p: count,
  salt: bytes(64),
  data: bytes(0, 200),
});

const masterKey = bytes(64).map((part) => cipherKeyFromBytes(part.fill(0x11, 0, 1).fill(0x11, 32)));

/** As they lie in one pack. */
const packEntries: fc.Arbitrary<PackEntry[]> = fc
  .array(
    fc.record({
      type: fc.constantFrom('data' as const, 'tree' as const),
      id,
      length: fc.integer({ min: 32, max: 90 }),
      uncompressedLength: fc.oneof(fc.constant(0), uint32),
    }),
    { maxLength: 6 },
  )
  .map((list) => {
    let end = 0;
    return list.map((entry) => {
      end += entry.length;
      return { ...entry, offset: end - entry.length };
    });
  });

const index: fc.Arbitrary<IndexFile> = fc.record({
  packs: fc.array(fc.record({ id, blobs: packEntries }), { maxLength: 3 }),
});

const lock: fc.Arbitrary<LockFile> = fc.record({
  time,
  exclusive: fc.boolean(),
  hostname: text,
  username: text,
  pid: count,
  uid: uint32,
  gid: uint32,
});

const summary: fc.Arbitrary<SnapshotSummary> = fc.record({
  backupStart: time,
  backupEnd: time,
  filesNew: count,
  filesChanged: count,
  filesUnmodified: count,
  dirsNew: count,
  dirsChanged: count,
  dirsUnmodified: count,
  dataBlobs: count,
  treeBlobs: count,
  dataAdded: count,
  dataAddedPacked: count,
  totalFilesProcessed: count,
  totalBytesProcessed: count,
});

const snapshot: fc.Arbitrary<Snapshot> = fc.record(
  {
    time,
    parent: id,
    tree: id,
    paths: texts,
    hostname: text,
    username: text,
    uid: uint32,
    gid: uint32,
    excludes: texts,
    tags: texts,
    original: id,
    programVersion: text,
    summary,
  },
  { requiredKeys: ['time', 'tree', 'paths'] },
);

const nodeFields = fc.record(
  {
    name: bytes(1, 16),
    mode: uint32,
    mtime: time,
    atime: time,
    ctime: time,
    uid: uint32,
    gid: uint32,
    user: text,
    group: text,
    inode: uint64,
    deviceId: uint64,
    size: count,
    links: count,
    linkTarget: bytes(0, 16),
    extendedAttributes: fc.array(fc.record({ name: text, value: bytes(0, 16) }), { maxLength: 2 }),
    genericAttributes: fc.dictionary(text, fc.oneof(text, fc.maxSafeInteger(), uint64), {
      maxKeys: 3,
    }),
    device: uint64,
  },
  {
    requiredKeys: [
      ...(['name', 'mode', 'mtime', 'atime', 'ctime', 'uid', 'gid', 'inode', 'deviceId'] as const),
      ...(['size', 'links', 'linkTarget', 'device'] as const),
    ],
  },
);
const nodeKind = fc.oneof(
  fc.record({
    type: fc.constant('file' as const),
    content: fc.array(id, { maxLength: 3 }),
    subtree: fc.constant(null),
  }),
  fc.record({ type: fc.constant('dir' as const), content: fc.constant(null), subtree: id }),
  fc.record({
    type: fc.constantFrom('symlink', 'dev', 'chardev', 'fifo', 'socket'),
    content: fc.constant(null),
    subtree: fc.constant(null),
  }),
);
const tree: fc.Arbitrary<Node[]> = fc.uniqueArray(
  fc.tuple(nodeFields, nodeKind).map(([fields, kind]) => ({ ...fields, ...kind })),
  { maxLength: 4, selector: ({ name }) => name.toString('hex') },
);

export const formatValues = {
  bytes,
  time,
  config,
  keyFile,
  masterKey,
  packEntries,
  index,
  lock,
  snapshot,
  tree,
};
