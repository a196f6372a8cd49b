/**
 * Decides which inode, device and link count a node may carry. A node with more than one link shares its pair (inode, device) only with
 * nodes that also have more than one, whatever changes on disk during the run: restic deletes files from a restore where that is not so
 * (restic format notes, section 8, hard links). Several threads decide together, by two tables of bits in shared memory: each first
 * writes what it means to do and then looks at what others did, so that of two that disagree at least one sees it.
 */
export interface LinkIdentity {
  readonly inode: bigint;
  readonly deviceId: bigint;
  readonly links: number;
}

/** A chance hit costs one hard link, or one reading of a file that had not changed; never a file. */
const TABLE_BITS = 27;

/** Bits of the pairs seen with one link, and of those seen with several. Memory is taken as it is used, 16 MiB each at most. */
export interface SharedLinkTables {
  readonly single: Int32Array<SharedArrayBuffer>;
  readonly linked: Int32Array<SharedArrayBuffer>;
}

export class LinkIdentities {
  readonly shared: SharedLinkTables;

  constructor(shared?: SharedLinkTables) {
    this.shared = shared ?? { single: table(), linked: table() };
  }

  /** For everything but directories. `inode` 0 stands for unknown. */
  describe(inode: bigint, deviceId: bigint, links: number): LinkIdentity {
    if (inode === 0n) return { inode, deviceId, links: 1 };
    const { single, linked } = this.shared;
    const bits = bitsOf(inode, deviceId);
    if (links > 1) {
      mark(linked, bits);
      if (!isMarked(single, bits)) return { inode, deviceId, links };
    } else {
      mark(single, bits);
      if (!isMarked(linked, bits)) return { inode, deviceId, links: 1 };
    }
    // The other name was removed, or the number given to a new file, since it was seen: this one gets no identity at all.
    return { inode: 0n, deviceId: 0n, links: 1 };
  }
}

function table(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(2 ** (TABLE_BITS - 3)));
}

function mark(into: Int32Array, [one, other]: Bits): void {
  Atomics.or(into, one >>> 5, 1 << (one & 31));
  Atomics.or(into, other >>> 5, 1 << (other & 31));
}

function isMarked(where: Int32Array, [one, other]: Bits): boolean {
  return (
    (Atomics.load(where, one >>> 5) & (1 << (one & 31))) !== 0 &&
    (Atomics.load(where, other >>> 5) & (1 << (other & 31))) !== 0
  );
}

type Bits = readonly [one: number, other: number];

/**
 * Two positions in the table, by multiplication with odd constants (Fibonacci hashing). Plain numbers, since this is done for millions: of those
 * above 2^53 the last digits are lost, always the same.
 */
function bitsOf(inode: bigint, deviceId: bigint): Bits {
  const number = Number(inode);
  const low = number | 0;
  const high = (number / 2 ** 32) | 0;
  const deviceNumber = Number(deviceId);
  const device = (deviceNumber | 0) ^ ((deviceNumber / 2 ** 32) | 0);
  let mixed = Math.imul(low ^ Math.imul(device, 0x85ebca6b), 0x9e3779b1) ^ high;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca77);
  const again = Math.imul(mixed ^ (mixed >>> 13) ^ low, 0xc2b2ae3d);
  return [mixed >>> (32 - TABLE_BITS), again >>> (32 - TABLE_BITS)];
}
