/**
 * Memory for one thing at a time, used again and again: what is made anew for each, the system has to clear page by page. Grows with what it is needed
 * for; one a thread and purpose.
 */
const FIRST_BYTES = 64 * 1024;
/** Up to here it doubles, so that it seldom grows. */
const DOUBLES_UP_TO_BYTES = 8 * 1024 * 1024;

export class Scratch {
  #bytes = Buffer.alloc(0);

  /** At least so long; what is in it is of an earlier use. */
  take(bytes: number): Buffer {
    if (bytes > this.#bytes.length) {
      const doubled = 2 ** Math.ceil(Math.log2(Math.max(bytes, FIRST_BYTES)));
      this.#bytes = Buffer.allocUnsafeSlow(bytes > DOUBLES_UP_TO_BYTES ? bytes : doubled);
    }
    return this.#bytes;
  }
}
