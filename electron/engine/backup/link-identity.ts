/**
 * Decides which inode, device and link count a node may carry. A node with more than one link shares its pair (inode, device) only with
 * nodes that also have more than one, whatever changes on disk during the run: restic deletes files from a restore where that is not so
 * (restic format notes, section 8, hard links).
 */
export interface LinkIdentity {
  readonly inode: bigint;
  readonly deviceId: bigint;
  readonly links: number;
}

/** Bits of the table of pairs seen with one link. A chance hit costs one hard link, never a file. */
const TABLE_BITS = 27;

export class LinkIdentities {
  #single: Uint8Array | null = null;
  readonly #linked = new Set<string>();

  /** For everything but directories. `inode` 0 stands for unknown. */
  describe(inode: bigint, deviceId: bigint, links: number): LinkIdentity {
    if (inode === 0n) return { inode, deviceId, links: 1 };
    const pair = `${deviceId}:${inode}`;
    if (links > 1 && (this.#linked.has(pair) || !this.#seenSingle(inode, deviceId))) {
      this.#linked.add(pair);
      return { inode, deviceId, links };
    }
    // The other name was removed, or the number given to a new file, since it was seen: this one gets no identity at all.
    if (this.#linked.has(pair)) return { inode: 0n, deviceId: 0n, links: 1 };
    this.#markSingle(inode, deviceId);
    return { inode, deviceId, links: 1 };
  }

  #seenSingle(inode: bigint, deviceId: bigint): boolean {
    const table = this.#single;
    if (table === null) return false;
    return bitsOf(inode, deviceId).every(
      (bit) => ((table[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0,
    );
  }

  #markSingle(inode: bigint, deviceId: bigint): void {
    const table = (this.#single ??= new Uint8Array(2 ** (TABLE_BITS - 3)));
    for (const bit of bitsOf(inode, deviceId)) {
      table[bit >>> 3] = (table[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
  }
}

/** Two positions in the table, by multiplication with odd constants (Fibonacci hashing). */
function bitsOf(inode: bigint, deviceId: bigint): [number, number] {
  const mixed = BigInt.asUintN(
    64,
    (inode ^ (deviceId << 40n) ^ (deviceId >> 24n)) * 0x9e3779b97f4a7c15n,
  );
  const again = BigInt.asUintN(64, (mixed ^ (mixed >> 29n)) * 0xbf58476d1ce4e5b9n);
  return [Number(mixed >> BigInt(64 - TABLE_BITS)), Number(again >> BigInt(64 - TABLE_BITS))];
}
