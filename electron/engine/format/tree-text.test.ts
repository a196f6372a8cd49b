/** Trees taken apart as text must give what decoding them gives, or nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../shared/errors.ts';
import { anyNode } from '../testing/any-node.ts';
import { nodeTexts, plainFile, treeText } from './tree-text.ts';
import { decodeNodeText, decodeTree, encodeNode, encodeTree, type Node } from './tree.ts';

const nodes = fc.uniqueArray(anyNode, {
  maxLength: 8,
  selector: ({ name }) => name.toString('latin1'),
});
const tenFiles = Array.from({ length: 10 }, (_, at) => plain({ name: Buffer.from(`file ${at}`) }));

function plain(more: Partial<Node>): Node {
  const time = { epochNs: 1_700_000_000_123_456_789n, offsetMinutes: 60 };
  return {
    name: Buffer.from('a file'),
    type: 'file',
    mode: 0o644,
    mtime: time,
    atime: { ...time, epochNs: time.epochNs + 1n },
    ctime: time,
    uid: 1000,
    gid: 100,
    user: 'somebody',
    group: 'users',
    inode: 12n,
    deviceId: 3n,
    size: 4096,
    links: 1,
    linkTarget: Buffer.alloc(0),
    device: 0n,
    content: ['ab'.repeat(32), 'cd'.repeat(32)],
    subtree: null,
    ...more,
  };
}

/** What a plain file has in common with the node. */
function pickOf({ name, mode, atime, mtime, uid, gid, inode, size, links, content }: Node) {
  const times = { atimeNs: atime.epochNs, mtimeNs: mtime.epochNs };
  return { name, mode, ...times, uid, gid, hasInode: inode > 0n, size, links, content };
}

describe('the texts of the nodes of a tree', () => {
  it('are those of its nodes, in their order', () => {
    fc.assert(
      fc.property(nodes, (stored) => {
        const tree = encodeTree(stored);
        const texts = nodeTexts(treeText(tree));
        expect(texts).toEqual(decodeTree(tree).map((node) => encodeNode(node)));
        expect(texts.map((text) => decodeNodeText(text))).toEqual(decodeTree(tree));
      }),
    );
  });

  it('are refused, or those that decoding finds, whatever becomes of a tree', () => {
    const tree = encodeTree(tenFiles);
    let refused = 0;
    fc.assert(
      fc.property(
        fc.nat({ max: tree.length - 1 }),
        fc.nat({ max: 255 }),
        fc.nat(3),
        (at, byte, cut) => {
          const changed = Buffer.concat([tree.subarray(0, at), tree.subarray(at + cut)]);
          if (at < changed.length) changed[at] = byte;
          const texts = orNothing(() => nodeTexts(treeText(changed)));
          if (texts === null) refused += 1;
          const decoded = texts === null ? null : orNothing(() => decodeTree(changed));
          if (texts !== null && decoded !== null)
            expect(texts.map((text) => decodeNodeText(text))).toEqual(decoded);
        },
      ),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it.each([
    '',
    'tree',
    '{"nodes":null}',
    '{"nodes":[',
    '{"nodes":[{"name":"a"},]}',
    '{"nodes":[]} ',
  ])('are not looked for in another spelling: %s', (text) => {
    expect(() => nodeTexts(text)).toThrow('format/invalid');
  });

  it('are none in an empty tree', () => {
    expect(nodeTexts('{"nodes":[]}\n')).toEqual([]);
    expect(nodeTexts('{"nodes":[]}')).toEqual([]);
  });
});

describe('a plain file', () => {
  it('is what decoding its node gives', () => {
    fc.assert(
      fc.property(anyNode, (node) => {
        const text = encodeNode(node);
        const file = plainFile(text);
        if (file !== null) expect(file).toEqual(pickOf(decodeNodeText(text)));
        if (node.type !== 'file' || node.extendedAttributes !== undefined) expect(file).toBe(null);
      }),
    );
  });

  it.each([
    ['usual', {}],
    ['empty', { size: 0, content: [] }],
    ['of root', { uid: 0, gid: 0, user: 'root', group: 'root' }],
    ['without owner names', { user: '', group: '' }],
    ['with set-id bits', { mode: 0o755 + 2 ** 23 }],
    ['with a name that is escaped', { name: Buffer.from('a "b" \\ \u2028 \xff <&>', 'latin1') }],
    ['from before 1970', { mtime: { epochNs: -1n, offsetMinutes: -330 } }],
  ] as const)('is read when it is %s', (_what, more) => {
    const node = plain(more);
    expect(plainFile(encodeNode(node))).toEqual(pickOf(node));
  });

  it.each([
    ['a folder', { type: 'dir', content: null, subtree: 'ef'.repeat(32) }],
    ['a link', { type: 'symlink', content: null, linkTarget: Buffer.from('there') }],
    ['with attributes', { extendedAttributes: [{ name: 'user.a', value: Buffer.from('b') }] }],
    ['of an owner with a huge number', { uid: 4_294_967_294 }],
    ['of an owner with a strange name', { user: 'some"body' }],
    ['without content', { content: null }],
  ] as const)('is not %s: that is to be decoded', (_what, more) => {
    expect(plainFile(encodeNode(plain(more)))).toBe(null);
  });

  it('is refused, not found, or what decoding gives, whatever becomes of its text', () => {
    const text = encodeNode(plain({}));
    let found = 0;
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.string({ maxLength: 2 }), (at, put) => {
        const changed = text.slice(0, at) + put + text.slice(at + put.length);
        const file = orNothing(() => plainFile(changed));
        const node = file === null ? null : orNothing(() => decodeNodeText(changed));
        if (file === null || node === null) return;
        found += 1;
        expect(file).toEqual(pickOf(node));
      }),
      { numRuns: 1000 },
    );
    expect(found).toBeGreaterThan(50);
  });
});

/** null for what is refused as it should be. */
function orNothing<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'format/invalid') return null;
    throw error;
  }
}
