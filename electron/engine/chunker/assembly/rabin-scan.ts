// AssemblyScript, compiled by `npm run wasm` into ../rabin-scan-wasm.ts.
//
// Finds the first place where the rolling fingerprint of the last 64 bytes has 20 low zero bits (restic format notes, section 10). The
// fingerprint at a place depends on those 64 bytes only, so four places far apart are followed side by side: one alone waits for its own
// table look-ups most of the time.

/** Memory: `out` (256 x u64), `mod` (256 x u64), then the data; see rabin-chunker.ts. */
const OUT: usize = 0;
const MOD: usize = 2048;
const WINDOW: usize = 64;
const SPLIT_MASK: u64 = 0xfffff;
/** Bytes that each of the four goes before all are set anew. Longer: more is scanned in vain behind a cut. */
const LANE: usize = 16384;

function slide(digest: u64, at: usize, shift: u64): u64 {
  const rest = digest ^ load<u64>(OUT + ((<usize>load<u8>(at - WINDOW)) << 3));
  return ((rest << 8) | (<u64>load<u8>(at))) ^ load<u64>(MOD + ((<usize>(rest >> shift)) << 3));
}

/** The fingerprint of the 64 bytes before `at`. */
function before(at: usize, shift: u64): u64 {
  let digest: u64 = 0;
  for (let byte = at - WINDOW; byte < at; byte++) {
    digest =
      ((digest << 8) | (<u64>load<u8>(byte))) ^ load<u64>(MOD + ((<usize>(digest >> shift)) << 3));
  }
  return digest;
}

/** One place after the other; 0 when there is no cut up to `to`. */
function scanOne(digest: u64, from: usize, to: usize, shift: u64): usize {
  let rolling = digest;
  for (let at = from; at < to; at++) {
    rolling = slide(rolling, at, shift);
    if ((rolling & SPLIT_MASK) == 0) return at + 1;
  }
  return 0;
}

/**
 * The address just behind the first byte from `from` on that ends a chunk, or 0 when none before `to` does. At least 64 bytes of data stand
 * before `from`. `shift` is the polynomial's degree less 8.
 */
export function scan(from: usize, to: usize, shift: u64): usize {
  let at = from;
  while (to - at >= 4 * LANE) {
    let one = before(at, shift);
    let two = before(at + LANE, shift);
    let three = before(at + 2 * LANE, shift);
    let four = before(at + 3 * LANE, shift);
    const end = at + LANE;
    while (at < end) {
      one = slide(one, at, shift);
      two = slide(two, at + LANE, shift);
      three = slide(three, at + 2 * LANE, shift);
      four = slide(four, at + 3 * LANE, shift);
      const next = at + 1;
      if ((one & SPLIT_MASK) == 0) return next;
      if ((two & SPLIT_MASK) == 0) {
        return firstOf(scanOne(one, next, end, shift), next + LANE);
      }
      if ((three & SPLIT_MASK) == 0) {
        let found = scanOne(one, next, end, shift);
        if (found == 0) found = scanOne(two, next + LANE, end + LANE, shift);
        return firstOf(found, next + 2 * LANE);
      }
      if ((four & SPLIT_MASK) == 0) {
        let found = scanOne(one, next, end, shift);
        if (found == 0) found = scanOne(two, next + LANE, end + LANE, shift);
        if (found == 0) found = scanOne(three, next + 2 * LANE, end + 2 * LANE, shift);
        return firstOf(found, next + 3 * LANE);
      }
      at = next;
    }
    at = end + 3 * LANE;
  }
  return scanOne(before(at, shift), at, to, shift);
}

function firstOf(earlier: usize, later: usize): usize {
  return earlier == 0 ? later : earlier;
}
