import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LinkIdentities, type LinkIdentity } from './link-identity.ts';

function key({ inode, deviceId }: LinkIdentity): string {
  return `${deviceId}:${inode}`;
}

describe('link identities', () => {
  it('keep a group of hard links and single files as they are', () => {
    const identities = new LinkIdentities();
    expect(identities.describe(7n, 1n, 2)).toEqual({ inode: 7n, deviceId: 1n, links: 2 });
    expect(identities.describe(7n, 1n, 2)).toEqual({ inode: 7n, deviceId: 1n, links: 2 });
    expect(identities.describe(8n, 1n, 1)).toEqual({ inode: 8n, deviceId: 1n, links: 1 });
    // The same number on another device is another file.
    expect(identities.describe(7n, 2n, 1)).toEqual({ inode: 7n, deviceId: 2n, links: 1 });
  });

  it('never claim links for an unknown inode', () => {
    expect(new LinkIdentities().describe(0n, 5n, 3)).toEqual({ inode: 0n, deviceId: 5n, links: 1 });
  });

  it('drop the identity of a file whose other name was removed during the run', () => {
    const identities = new LinkIdentities();
    identities.describe(7n, 1n, 2);
    expect(identities.describe(7n, 1n, 1)).toEqual({ inode: 0n, deviceId: 0n, links: 1 });
  });

  it('do not begin a group with a file that was single a moment ago', () => {
    const identities = new LinkIdentities();
    identities.describe(7n, 1n, 1);
    expect(identities.describe(7n, 1n, 2).links).toBe(1);
  });

  it('never give one pair to a node with links and to one without, whatever comes in which order', () => {
    const seen = fc.record({
      inode: fc.bigInt({ min: 0n, max: 4n }),
      deviceId: fc.bigInt({ min: 0n, max: 1n }),
      links: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(seen, { maxLength: 40 }), (files) => {
        const identities = new LinkIdentities();
        const nodes = files.map((file) =>
          identities.describe(file.inode, file.deviceId, file.links),
        );
        const linked = new Set(nodes.filter((node) => node.links > 1).map(key));
        expect(nodes.filter((node) => node.links === 1 && linked.has(key(node)))).toEqual([]);
        expect([...linked].filter((pair) => pair.endsWith(':0'))).toEqual([]);
      }),
    );
  });
});
