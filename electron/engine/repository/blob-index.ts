/**
 * Which blob lies where: the union of all index files, in memory. Built for millions of blobs: about 64 bytes a
 * blob in typed arrays, no object and no string each, constant time to add and to find.
 */
import type { Id } from '../format/id.ts';
import type { BlobType, PackEntry } from '../format/pack-file.ts';
import { entriesOf, ID_BYTES, numbersOf, type BlobTable } from '../format/blob-table.ts';

/** One copy of a blob. `uncompressedLength` 0 means: stored as it is (restic format notes, section 6). */
export interface BlobLocation {
  readonly pack: Id;
  readonly offset: number;
  /** Sealed bytes in the pack. */
  readonly length: number;
  readonly uncompressedLength: number;
}

/** The same as other threads have it: packs have numbers there, see `BlobIndex.packOf`. */
export interface NumberedLocation extends Omit<BlobLocation, 'pack'> {
  readonly pack: number;
}

/** An entry of a pack with its own number, and with that of the first copy of the same blob: the number that `find` gives. */
export interface NumberedEntry extends PackEntry {
  readonly number: number;
  readonly blob: number;
}

/** What `BlobIndex.addPack` made of a pack that was named before. */
export type PackAddition = 'new' | 'same' | 'differs';

const SEGMENT_BITS = 14;
const SEGMENT_ENTRIES = 1 << SEGMENT_BITS;
const FIELDS = 5;
/** Fields of an entry: pack number with the type in the top bit, three sizes, and the next copy of the blob. */
const PACK = 0;
const OFFSET = 1;
const LENGTH = 2;
const UNCOMPRESSED = 3;
const NEXT_COPY = 4;
const TREE_BIT = 0x8000_0000;
const NONE = 0xffff_ffff;
const FIRST_SLOTS = 1024;

interface Segment {
  readonly ids: Buffer;
  readonly fields: Uint32Array<SharedArrayBuffer>;
}

/** What other threads need to look blobs up: the same memory, to be read only. See `KnownBlobs`. */
export interface SharedBlobIndex {
  readonly slots: Uint32Array<SharedArrayBuffer>;
  readonly segments: readonly {
    readonly ids: SharedArrayBuffer;
    readonly fields: Uint32Array<SharedArrayBuffer>;
  }[];
}

/** Entries of one pack lie side by side: `count` from `first`. */
interface Run {
  readonly first: number;
  readonly count: number;
}

export class BlobIndex {
  readonly #segments: Segment[] = [];
  #count = 0;
  /** Open addressing; a slot holds the number of the first copy's entry, plus one. */
  #slots = sharedNumbers(FIRST_SLOTS);
  #usedSlots = 0;
  readonly #packs: { readonly id: Id; readonly runs: Run[] }[] = [];
  readonly #packNumbers = new Map<Id, number>();
  readonly #wanted = Buffer.alloc(ID_BYTES);

  /** Entries, copies included. Entry numbers go from 0 to this. */
  get entryCount(): number {
    return this.#count;
  }

  get packCount(): number {
    return this.#packs.length;
  }

  /**
   * Adds all blobs of a pack. A pack may be named twice; entries that are known already collapse.
   * `differs` tells that the two did not say the same, which is a kind of damage.
   */
  addPack(pack: Id, entries: readonly PackEntry[]): PackAddition {
    const known = this.#packNumbers.get(pack);
    const number = known ?? this.#packs.length;
    const wasCount = this.#count;
    const fresh =
      known === undefined ? entries : entries.filter((entry) => !this.#hasExactly(number, entry));
    for (const entry of fresh) {
      if (!this.#parse(entry.id)) throw new RangeError('a blob id has 64 hexadecimal digits');
      this.#add(number, entry, this.#wanted, 0);
    }
    const run = { first: wasCount, count: this.#count - wasCount };
    if (known === undefined) {
      this.#enter(pack, run);
      return 'new';
    }
    const before = this.#packs[number];
    const beforeCount = before?.runs.reduce((sum, { count }) => sum + count, 0) ?? 0;
    if (run.count > 0) before?.runs.push(run);
    return run.count === 0 && beforeCount === entries.length ? 'same' : 'differs';
  }

  /** The same for `count` blobs of a table, from number `first`. */
  addTable(pack: Id, table: BlobTable, first = 0, count = table.count): PackAddition {
    if (this.#packNumbers.has(pack)) return this.addPack(pack, entriesOf(table, first, count));
    const run = { first: this.#count, count };
    const number = this.#packs.length;
    for (let blob = first; blob < first + count; blob++) {
      this.#add(number, numbersOf(table, blob), table.ids, blob * ID_BYTES);
    }
    this.#enter(pack, run);
    return 'new';
  }

  #enter(pack: Id, run: Run): void {
    this.#packNumbers.set(pack, this.#packs.length);
    this.#packs.push({ id: pack, runs: [run] });
  }

  has(type: BlobType, id: Id): boolean {
    return this.find(type, id) !== null;
  }

  /** The entry number of the blob's first copy (the same as long as nothing is rebuilt), or null. */
  find(type: BlobType, id: Id): number | null {
    if (!this.#parse(id)) return null;
    const entry = this.#slots[this.#slotOf(type, this.#wanted, 0)] ?? 0;
    return entry === 0 ? null : entry - 1;
  }

  /** All copies; empty when there is none. */
  locate(type: BlobType, id: Id): BlobLocation[] {
    const locations: BlobLocation[] = [];
    let entry = this.find(type, id) ?? NONE;
    while (entry !== NONE) {
      locations.push({
        pack: this.#packs[this.#field(entry, PACK) & ~TREE_BIT]?.id ?? '',
        offset: this.#field(entry, OFFSET),
        length: this.#field(entry, LENGTH),
        uncompressedLength: this.#field(entry, UNCOMPRESSED),
      });
      entry = this.#field(entry, NEXT_COPY);
    }
    return locations;
  }

  /** The blobs of now. What is added later may or may not be seen through it. */
  share(): SharedBlobIndex {
    return {
      slots: this.#slots,
      segments: this.#segments.map(({ ids, fields }) => ({
        ids: ids.buffer as unknown as SharedArrayBuffer,
        fields,
      })),
    };
  }

  /** The pack with a number that `KnownBlobs` gives. */
  packOf(number: number): Id | null {
    return this.#packs[number]?.id ?? null;
  }

  hasPack(pack: Id): boolean {
    return this.#packNumbers.has(pack);
  }

  *packIds(): Generator<Id, void, void> {
    for (const { id } of this.#packs) yield id;
  }

  /** The entries of a pack in the order of their offsets; empty for a pack that no index names. */
  packEntries(pack: Id): PackEntry[] {
    const number = this.#packNumbers.get(pack);
    const runs = number === undefined ? [] : (this.#packs[number]?.runs ?? []);
    const entries: PackEntry[] = [];
    for (const { first, count } of runs) {
      for (let entry = first; entry < first + count; entry++) entries.push(this.#entryAt(entry));
    }
    return entries.sort((a, b) => a.offset - b.offset);
  }

  /** As `packEntries`, with the numbers. */
  numberedEntries(pack: Id): NumberedEntry[] {
    const number = this.#packNumbers.get(pack);
    const runs = number === undefined ? [] : (this.#packs[number]?.runs ?? []);
    const entries: NumberedEntry[] = [];
    for (const { first, count } of runs) {
      for (let number = first; number < first + count; number++) {
        const entry = this.#entryAt(number);
        const blob = this.find(entry.type, entry.id) ?? number;
        entries.push({ ...entry, number, blob });
      }
    }
    return entries.sort((a, b) => a.offset - b.offset);
  }

  #entryAt(entry: number): PackEntry {
    const { ids } = this.#segmentOf(entry);
    const at = (entry & (SEGMENT_ENTRIES - 1)) * ID_BYTES;
    return {
      type: this.#typeOf(entry),
      id: ids.toString('hex', at, at + ID_BYTES),
      offset: this.#field(entry, OFFSET),
      length: this.#field(entry, LENGTH),
      uncompressedLength: this.#field(entry, UNCOMPRESSED),
    };
  }

  /** `source` has the bytes of the id from `at`. */
  #add(
    packNumber: number,
    { type, offset, length, uncompressedLength }: Omit<PackEntry, 'id'>,
    source: Uint8Array,
    at: number,
  ): void {
    const entry = this.#append();
    const { ids, fields } = this.#segmentOf(entry);
    const inSegment = entry & (SEGMENT_ENTRIES - 1);
    const field = inSegment * FIELDS;
    const idAt = inSegment * ID_BYTES;
    for (let byte = 0; byte < ID_BYTES; byte++) ids[idAt + byte] = source[at + byte] ?? 0;
    fields[field + PACK] = type === 'tree' ? (packNumber | TREE_BIT) >>> 0 : packNumber;
    fields[field + OFFSET] = offset;
    fields[field + LENGTH] = length;
    fields[field + UNCOMPRESSED] = uncompressedLength;
    fields[field + NEXT_COPY] = NONE;
    const slot = this.#slotOf(type, source, at);
    const firstCopy = this.#slots[slot] ?? 0;
    if (firstCopy === 0) {
      this.#slots[slot] = entry + 1;
      this.#usedSlots += 1;
      if (this.#usedSlots * 2 > this.#slots.length) this.#growSlots();
      return;
    }
    // A further copy goes in behind the first: the number of the blob stays, and no chain is walked.
    fields[field + NEXT_COPY] = this.#field(firstCopy - 1, NEXT_COPY);
    this.#setField(firstCopy - 1, NEXT_COPY, entry);
  }

  #append(): number {
    const entry = this.#count;
    if (entry >>> SEGMENT_BITS === this.#segments.length) {
      this.#segments.push({
        ids: Buffer.from(new SharedArrayBuffer(SEGMENT_ENTRIES * ID_BYTES)),
        fields: sharedNumbers(SEGMENT_ENTRIES * FIELDS),
      });
    }
    this.#count += 1;
    return entry;
  }

  #hasExactly(packNumber: number, wanted: PackEntry): boolean {
    let entry = this.find(wanted.type, wanted.id) ?? NONE;
    while (entry !== NONE) {
      if (
        (this.#field(entry, PACK) & ~TREE_BIT) === packNumber &&
        this.#field(entry, OFFSET) === wanted.offset &&
        this.#field(entry, LENGTH) === wanted.length &&
        this.#field(entry, UNCOMPRESSED) === wanted.uncompressedLength
      ) {
        return true;
      }
      entry = this.#field(entry, NEXT_COPY);
    }
    return false;
  }

  /** Reads the digits into `#wanted`; false when they are no id. */
  #parse(id: Id): boolean {
    return id.length === 2 * ID_BYTES && this.#wanted.write(id, 'hex') === ID_BYTES;
  }

  /** The slot that holds the blob with the id at `at`, or the free one where it belongs. IDs are hashes: no mixing needed. */
  #slotOf(type: BlobType, source: Uint8Array, at: number): number {
    const mask = this.#slots.length - 1;
    const start = firstBytes(source, at);
    let slot = start & mask;
    for (;;) {
      const entry = this.#slots[slot] ?? 0;
      if (entry === 0 || this.#isAt(entry - 1, type, source, at, start)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #isAt(entry: number, type: BlobType, source: Uint8Array, at: number, start: number): boolean {
    const { ids } = this.#segmentOf(entry);
    const own = (entry & (SEGMENT_ENTRIES - 1)) * ID_BYTES;
    // The first bytes differ for nearly every neighbour; comparing all 32 is the exception.
    if (ids.readUInt32LE(own) !== start) return false;
    return (
      ids.compare(source, at, at + ID_BYTES, own, own + ID_BYTES) === 0 &&
      this.#typeOf(entry) === type
    );
  }

  #growSlots(): void {
    const old = this.#slots;
    this.#slots = sharedNumbers(old.length * 2);
    const mask = this.#slots.length - 1;
    for (const entry of old) {
      if (entry === 0) continue;
      const { ids } = this.#segmentOf(entry - 1);
      let slot = ids.readUInt32LE(((entry - 1) & (SEGMENT_ENTRIES - 1)) * ID_BYTES) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry;
    }
  }

  #typeOf(entry: number): BlobType {
    return (this.#field(entry, PACK) & TREE_BIT) === 0 ? 'data' : 'tree';
  }

  #field(entry: number, field: number): number {
    const { fields } = this.#segmentOf(entry);
    return fields[(entry & (SEGMENT_ENTRIES - 1)) * FIELDS + field] ?? NONE;
  }

  #setField(entry: number, field: number, value: number): void {
    this.#segmentOf(entry).fields[(entry & (SEGMENT_ENTRIES - 1)) * FIELDS + field] = value;
  }

  #segmentOf(entry: number): Segment {
    const segment = this.#segments[entry >>> SEGMENT_BITS];
    if (segment === undefined) throw new RangeError('no such index entry');
    return segment;
  }
}

/** As `readUInt32LE` gives them. */
function firstBytes(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  return (low | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}

function sharedNumbers(count: number): Uint32Array<SharedArrayBuffer> {
  return new Uint32Array(new SharedArrayBuffer(count * Uint32Array.BYTES_PER_ELEMENT));
}

/** Looks up what was known when it was shared, from another thread and without asking anybody. */
export class KnownBlobs {
  readonly #slots: Uint32Array;
  readonly #segments: readonly { readonly ids: Buffer; readonly fields: Uint32Array }[];

  constructor({ slots, segments }: SharedBlobIndex) {
    this.#slots = slots;
    this.#segments = segments.map(({ ids, fields }) => ({ ids: Buffer.from(ids), fields }));
  }

  /** `id` are the 32 bytes. */
  has(type: BlobType, id: Buffer): boolean {
    return this.#find(type, id) !== null;
  }

  /** Where its first copy lies; null for one that was not known. `id` are the 32 bytes. */
  locate(type: BlobType, id: Buffer): NumberedLocation | null {
    const entry = this.#find(type, id);
    const segment = entry === null ? undefined : this.#segments[entry >>> SEGMENT_BITS];
    if (entry === null || segment === undefined) return null;
    const field = (entry & (SEGMENT_ENTRIES - 1)) * FIELDS;
    const { fields } = segment;
    return {
      pack: (fields[field + PACK] ?? 0) & ~TREE_BIT,
      offset: fields[field + OFFSET] ?? 0,
      length: fields[field + LENGTH] ?? 0,
      uncompressedLength: fields[field + UNCOMPRESSED] ?? 0,
    };
  }

  #find(type: BlobType, id: Buffer): number | null {
    const mask = this.#slots.length - 1;
    const start = id.readUInt32LE(0);
    for (let slot = start & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] ?? 0;
      if (entry === 0) return null;
      if (this.#isAt(entry - 1, type, id, start)) return entry - 1;
    }
  }

  #isAt(entry: number, type: BlobType, id: Buffer, start: number): boolean {
    // Added since: whoever shared it may go on.
    const segment = this.#segments[entry >>> SEGMENT_BITS];
    if (segment === undefined) return false;
    const at = (entry & (SEGMENT_ENTRIES - 1)) * ID_BYTES;
    if (segment.ids.readUInt32LE(at) !== start) return false;
    const pack = segment.fields[(entry & (SEGMENT_ENTRIES - 1)) * FIELDS + PACK] ?? 0;
    const isTree = (pack & TREE_BIT) !== 0;
    return (
      isTree === (type === 'tree') && segment.ids.compare(id, 0, ID_BYTES, at, at + ID_BYTES) === 0
    );
  }
}
