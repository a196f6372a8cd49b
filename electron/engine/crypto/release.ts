/**
 * Gives the memory of a buffer back at once. What waits for the garbage collector instead comes to many times what is in use, since to
 * the collector a buffer of megabytes is one small object.
 */
/** More than the pool that Node cuts small buffers from, which must stay. */
const WORTHWHILE_BYTES = Math.max(96 * 1024, Buffer.poolSize + 1);

/** For what a cipher or a compressor has just made, and nobody else has: all of its memory goes. Nothing happens to small ones. */
export function release(bytes: Uint8Array | Uint32Array): void {
  const { buffer } = bytes;
  if (buffer.byteLength < WORTHWHILE_BYTES) return;
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}
