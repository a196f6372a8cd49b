/** Nodes of all kinds for property tests. */
import fc from 'fast-check';
import type { Node } from '../format/tree.ts';

const hexDigits = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((content) => Buffer.from(content));
/** Among them what looks like the text of a node, and bytes that are no UTF-8. */
const name = fc
  .oneof(
    fc.constantFrom(
      '","content":[]}',
      '{"name":"a"',
      'ä"\\',
      '\\',
      '"',
      '],"nodes":[',
      '\u2028<>&',
    ),
    fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }),
    fc.uint8Array({ minLength: 1, maxLength: 6 }),
  )
  .map((text) => Buffer.from(text as string))
  .filter(({ length }) => length > 0);
const time = fc.record({
  epochNs: fc.bigInt({ min: -(10n ** 18n), max: 4n * 10n ** 18n }),
  offsetMinutes: fc.integer({ min: -720, max: 720 }),
});

const common = {
  name,
  mode: fc.nat({ max: 0o777 }),
  mtime: time,
  ctime: time,
  uid: fc.nat({ max: 3 }),
  gid: fc.nat({ max: 3 }),
  inode: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  deviceId: fc.bigInt({ min: 0n, max: 1n << 40n }),
  links: fc.nat({ max: 3 }),
  attributes: fc.array(
    fc.record({ name: fc.constantFrom('user.a', 'user.","content":null'), value: bytes(9) }),
    { maxLength: 2 },
  ),
};
/** Files, folders and links, with all that may stand in the text of a node. */
export const anyNode: fc.Arbitrary<Node> = fc
  .oneof(
    fc.record({
      ...common,
      type: fc.constant('file' as const),
      size: fc.nat(),
      content: fc.array(hexDigits, { maxLength: 3 }),
    }),
    fc.record({ ...common, type: fc.constant('dir' as const), subtree: hexDigits }),
    fc.record({ ...common, type: fc.constant('symlink' as const), linkTarget: bytes(12) }),
  )
  .map(({ attributes, ...rest }) => ({
    atime: rest.mtime,
    size: 0,
    linkTarget: Buffer.alloc(0),
    device: 0n,
    content: null,
    subtree: null,
    ...(attributes.length === 0 ? {} : { extendedAttributes: attributes }),
    ...rest,
  }));
