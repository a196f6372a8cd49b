/**
 * AES-256-CTR as restic uses it (restic format notes, section 3): the counter is the whole 16-byte block, big-endian, beginning with the IV.
 * Making a cipher costs more than encrypting a small blob with it, so small ones are made from the block cipher itself, which has no state and
 * is kept a key: the keystream is the encryption of the counters.
 */
import { createCipheriv, type Cipheriv } from 'node:crypto';

const BLOCK_BYTES = 16;
const BLOCK_WORDS = 4;
/** Longer ones are left to the library as a whole: its own loop is quicker than ours. */
const SMALL_BYTES = 32 * 1024;
const PIECE_BYTES = 128 * 1024;
const LAST_WORD = 12;

const ciphers = new WeakMap<Uint8Array, Cipheriv>();
const counters = Buffer.from(new ArrayBuffer(SMALL_BYTES));
const words = new Uint32Array(counters.buffer);
/** What becomes of a small input, word by word. Smaller than what `release` gives back: it is handed out, and must stay. */
const scratch = Buffer.from(new ArrayBuffer(SMALL_BYTES));
const scratchWords = new Uint32Array(scratch.buffer);
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Encrypts or decrypts, which are the same. `key` is 32 bytes, `iv` 16. */
export function aesCtr(key: Uint8Array, iv: Uint8Array, input: Uint8Array): Buffer {
  const output = aesCtrBriefly(key, iv, input);
  return output.buffer === scratch.buffer ? Buffer.from(output) : output;
}

/** The same, good until the next call of anything here. */
export function aesCtrBriefly(key: Uint8Array, iv: Uint8Array, input: Uint8Array): Buffer {
  return isSmall(iv, input)
    ? small(key, iv, input)
    : createCipheriv('aes-256-ctr', key, iv).update(input);
}

/**
 * The same piece by piece: a large result in one piece is memory that is given back late. A piece is good until the next one, or the next call of
 * anything here.
 */
export function* aesCtrPieces(
  key: Uint8Array,
  iv: Uint8Array,
  input: Uint8Array,
): Generator<Uint8Array, void, void> {
  if (isSmall(iv, input)) {
    yield small(key, iv, input);
    return;
  }
  const cipher = createCipheriv('aes-256-ctr', key, iv);
  for (let at = 0; at < input.length; at += PIECE_BYTES) {
    yield cipher.update(input.subarray(at, at + PIECE_BYTES));
  }
}

/** How much of several inputs one call of the cipher takes, in bytes. */
export const TOGETHER_BYTES = SMALL_BYTES;

/**
 * The same for several inputs, which are asked for one after the other: together they cost one call of the cipher, which for 4 KiB is half of the
 * work. null when they do not all fit into `TOGETHER_BYTES`.
 */
export function aesCtrTogether(
  key: Uint8Array,
  inputs: readonly { readonly iv: Uint8Array; readonly bytes: Uint8Array }[],
): ((index: number) => Buffer) | null {
  const starts: number[] = [];
  let blocks = 0;
  for (const { iv, bytes } of inputs) {
    const own = Math.ceil(bytes.length / BLOCK_BYTES);
    if ((blocks + own) * BLOCK_BYTES > TOGETHER_BYTES || wouldWrap(iv, bytes.length)) return null;
    fillCounters(iv, own, blocks);
    starts.push(blocks);
    blocks += own;
  }
  const mask = keystreamOf(key, blocks);
  return (index) => {
    const { bytes } = inputs[index] ?? {};
    if (bytes === undefined) throw new RangeError('no such input');
    return applied(bytes, mask, (starts[index] ?? 0) * BLOCK_WORDS);
  };
}

function isSmall(iv: Uint8Array, input: Uint8Array): boolean {
  return input.length <= SMALL_BYTES && !wouldWrap(iv, input.length);
}

/** In `scratch`. */
function small(key: Uint8Array, iv: Uint8Array, input: Uint8Array): Buffer {
  const blocks = Math.ceil(input.length / BLOCK_BYTES);
  fillCounters(iv, blocks, 0);
  return applied(input, keystreamOf(key, blocks), 0);
}

/** From the first `blocks` of `counters`. */
function keystreamOf(key: Uint8Array, blocks: number): Uint32Array {
  const keystream = blockCipher(key).update(counters.subarray(0, blocks * BLOCK_BYTES));
  return keystream.byteOffset % 4 === 0
    ? new Uint32Array(keystream.buffer, keystream.byteOffset, blocks * BLOCK_WORDS)
    : new Uint32Array(new Uint8Array(keystream).buffer);
}

/** In `scratch`: `input` with `mask` from its word `from`. */
function applied(input: Uint8Array, mask: Uint32Array, from: number): Buffer {
  scratch.set(input);
  const wordCount = Math.ceil(input.length / BLOCK_BYTES) * BLOCK_WORDS;
  for (let at = 0; at < wordCount; at += 1)
    scratchWords[at] = (scratchWords[at] as number) ^ (mask[from + at] as number);
  return scratch.subarray(0, input.length);
}

function blockCipher(key: Uint8Array): Cipheriv {
  const known = ciphers.get(key);
  if (known !== undefined) return known;
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  ciphers.set(key, cipher);
  return cipher;
}

/** Only the last word of the counter is counted here. */
function wouldWrap(iv: Uint8Array, bytes: number): boolean {
  return lastWord(iv) + Math.ceil(bytes / BLOCK_BYTES) > 2 ** 32;
}

function lastWord(iv: Uint8Array): number {
  return new DataView(iv.buffer, iv.byteOffset, BLOCK_BYTES).getUint32(LAST_WORD);
}

/** From block `firstBlock` of `counters`. */
function fillCounters(iv: Uint8Array, blocks: number, firstBlock: number): void {
  counters.set(iv, firstBlock * BLOCK_BYTES);
  const from = firstBlock * BLOCK_WORDS;
  const [first = 0, second = 0, third = 0] = [words[from], words[from + 1], words[from + 2]];
  const start = lastWord(iv);
  for (let block = 0; block < blocks; block += 1) {
    const at = from + block * BLOCK_WORDS;
    words[at] = first;
    words[at + 1] = second;
    words[at + 2] = third;
    const count = start + block;
    words[at + 3] = isLittleEndian ? swapped(count) : count;
  }
}

function swapped(word: number): number {
  return (word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24);
}
