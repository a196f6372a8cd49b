/** restic's chunker straight from its description, on BigInt. Slow; the judge of the fast one. */
import { degree, rollingTables } from '../chunker/polynomial.ts';

const MIN = 512 * 1024;
const MAX = 8 * 1024 * 1024;

/** The lengths of the chunks of `data`. */
export function slowChunkLengths(data: Uint8Array, polynomial: bigint): number[] {
  const { out, mod } = rollingTables(polynomial);
  const shift = BigInt(degree(polynomial) - 8);
  const lengths: number[] = [];
  let start = 0;
  while (start < data.length) {
    // An empty window into which one byte 0x01 was slid.
    const slots = [1, ...Array.from({ length: 63 }, () => 0)];
    let at = 1;
    let digest = 1n;
    let count = MIN - 64;
    let end = data.length;
    for (let index = start + count; index < data.length; index += 1) {
      const byte = data[index] ?? 0;
      digest ^= out[slots[at] ?? 0] ?? 0n;
      slots[at] = byte;
      at = (at + 1) % 64;
      digest = ((digest << 8n) | BigInt(byte)) ^ (mod[Number(digest >> shift)] ?? 0n);
      count += 1;
      if (count >= MIN && ((digest & 0xfffffn) === 0n || count >= MAX)) {
        end = index + 1;
        break;
      }
    }
    lengths.push(end - start);
    start = end;
  }
  return lengths;
}
