/** Bytes of different kinds, the same in every run: each is a function of its seed and nothing else. */
import { createCipheriv, createHash, type Cipheriv } from 'node:crypto';

export type Kind = 'prose' | 'table' | 'log' | 'records' | 'noise';

const ZEROS = Buffer.alloc(64 * 1024);

/** Numbers and bytes out of a keystream of AES, which is as good as random and faster than any loop here. */
export class Random {
  readonly #cipher: Cipheriv;
  #pool = new Uint32Array(0);
  #at = 0;

  constructor(seed: string) {
    const key = createHash('sha256').update(seed).digest();
    this.#cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  }

  fill(target: Buffer): void {
    for (let at = 0; at < target.length; at += ZEROS.length) {
      const length = Math.min(ZEROS.length, target.length - at);
      this.#cipher.update(ZEROS.subarray(0, length)).copy(target, at);
    }
  }

  /** In [0, 1). */
  next(): number {
    if (this.#at === this.#pool.length) {
      const bytes = this.#cipher.update(ZEROS.subarray(0, 4096));
      this.#pool = new Uint32Array(new Uint8Array(bytes).buffer);
      this.#at = 0;
    }
    const value = this.#pool[this.#at] ?? 0;
    this.#at += 1;
    return value / 2 ** 32;
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** As sizes of files are spread: as many between 1 and 10 KiB as between 10 and 100. */
  logUniform(least: number, most: number): number {
    return Math.round(least * (most / least) ** this.next());
  }
}

const words = makeWords(4096);
/** The same words as bytes, each followed by a space: most of the data is made of them, and strings are slow. */
const wordBytes = words.map((text) => Buffer.from(`${text} `, 'latin1'));
const FULL_STOP = '.'.charCodeAt(0);

function makeWords(count: number): readonly string[] {
  const random = new Random('words');
  return Array.from({ length: count }, () => {
    const letters = Array.from({ length: 2 + random.below(9) }, () =>
      // Few letters are frequent, as in a language.
      String.fromCodePoint(97 + Math.floor(26 * random.next() ** 2)),
    );
    return letters.join('');
  });
}

/** Few words are frequent, as in a language: otherwise text compresses worse than it does in life. */
function wordIndex(random: Random): number {
  const uniform = random.next();
  return Math.floor(words.length * uniform * uniform * uniform);
}

function word(random: Random): string {
  return words[wordIndex(random)] ?? '';
}

function fillProse(random: Random, target: Buffer): void {
  let at = 0;
  while (at < target.length) {
    const bytes = wordBytes[wordIndex(random)] ?? ZEROS;
    for (let index = 0; index < bytes.length && at < target.length; index += 1) {
      target[at] = bytes[index] ?? 0;
      at += 1;
    }
    // In the place of the space.
    if (random.below(12) === 0) target[at - 1] = FULL_STOP;
  }
}

const lines: Readonly<Record<'table' | 'log', (random: Random, line: number) => string>> = {
  table: (random, line) =>
    `${line};2026-0${1 + random.below(9)}-1${random.below(10)};${word(random)};${random.below(100_000) / 100};${random.below(4)}\n`,
  log: (random, line) =>
    `{"at":${1_760_000_000_000 + line * 977 + random.below(900)},"level":"${random.below(20) === 0 ? 'warn' : 'info'}","user":${random.below(500)},"event":"${word(random)}.${word(random)}","tookMs":${random.below(3000)}}\n`,
};

/** Fixed-size records as in databases and programs: counters, a value that wanders, flags, padding. */
function fillRecords(random: Random, target: Buffer): void {
  const RECORD = 32;
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  target.fill(0);
  let value = random.below(1_000_000);
  for (let at = 0; at + RECORD <= target.length; at += RECORD) {
    value += random.next() - 0.5;
    view.setUint32(at, at / RECORD, true);
    view.setFloat64(at + 8, value, true);
    view.setUint32(at + 16, random.below(64) * 4096, true);
  }
}

export function fill(target: Buffer, kind: Kind, seed: string): void {
  const random = new Random(seed);
  switch (kind) {
    case 'noise':
      random.fill(target);
      break;
    case 'records':
      fillRecords(random, target);
      break;
    case 'prose':
      fillProse(random, target);
      break;
    case 'table':
    case 'log': {
      let at = 0;
      for (let line = 0; at < target.length; line += 1) {
        at += target.write(lines[kind](random, line), at, 'latin1');
      }
      break;
    }
    default:
      kind satisfies never;
  }
}
