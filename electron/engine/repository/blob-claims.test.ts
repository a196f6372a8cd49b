import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { BlobType } from '../format/pack-file.ts';
import { BlobClaims, type SharedBlobClaims } from './blob-claims.ts';

const idOf = (number: number): Buffer => createHash('sha256').update(String(number)).digest();

/** In another thread: how many of the first `count` ids were claimed by it. */
async function claimAll(shared: SharedBlobClaims, count: number): Promise<number> {
  const source = `
    import { createHash } from 'node:crypto';
    import { parentPort, workerData } from 'node:worker_threads';
    const { BlobClaims } = await import(workerData.module);
    const claims = new BlobClaims(workerData.shared);
    let claimed = 0;
    for (let number = 0; number < workerData.count; number += 1) {
      const id = createHash('sha256').update(String(number)).digest();
      if (claims.claim('data', id)) claimed += 1;
    }
    parentPort.postMessage(claimed);
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: { shared, count, module: new URL('blob-claims.ts', import.meta.url).href },
  });
  const [claimed] = (await once(worker, 'message')) as [number];
  await worker.terminate();
  return claimed;
}

describe('claims of blobs', () => {
  it('go to the first who asks, for each kind apart', () => {
    const claims = new BlobClaims(undefined, 64, 4);
    const kinds: readonly BlobType[] = ['data', 'tree'];
    for (let number = 0; number < 30; number += 1) {
      for (const kind of kinds) {
        expect(claims.has(kind, idOf(number))).toBe(false);
        expect(claims.claim(kind, idOf(number))).toBe(true);
        expect(claims.claim(kind, idOf(number))).toBe(false);
        expect(claims.has(kind, idOf(number))).toBe(true);
      }
    }
  });

  it('tell ids apart that begin alike', () => {
    const claims = new BlobClaims(undefined, 64, 4);
    const one = Buffer.alloc(32, 7);
    const other = Buffer.from(one);
    other[31] = 8;
    expect(claims.claim('data', one)).toBe(true);
    expect(claims.claim('data', other)).toBe(true);
    expect(claims.claim('data', one)).toBe(false);
  });

  it('are all granted once there is no room left: a blob stored twice is legal, one that is missing is not', () => {
    const claims = new BlobClaims(undefined, 4, 4);
    for (let number = 0; number < 20; number += 1) {
      expect(claims.claim('data', idOf(number))).toBe(true);
    }
    expect(claims.claim('data', idOf(0))).toBe(false);
    expect(claims.claim('data', idOf(19))).toBe(true);
  });

  it('go to one alone of several threads', async () => {
    const count = 20_000;
    // Few buckets, so that they get in each other's way.
    const { shared } = new BlobClaims(undefined, 4 * count, 64);
    const claimed = await Promise.all(
      Array.from({ length: 3 }, async () => claimAll(shared, count)),
    );
    expect(claimed.reduce((sum, each) => sum + each, 0)).toBe(count);
    const claims = new BlobClaims(shared);
    for (let number = 0; number < count; number += 1) {
      expect(claims.has('data', idOf(number))).toBe(true);
    }
  });
});
