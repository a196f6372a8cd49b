/** The directories of a parent snapshot, compared as text, must give what decoding all of them gives. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  decodeTree,
  encodeAttributes,
  encodeHead,
  encodeNode,
  encodeTree,
  withContent,
  type Node,
} from '../format/tree.ts';
import { ParentDirectory } from './parent-directory.ts';

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
const node: fc.Arbitrary<Node> = fc
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
const key = ({ name: own }: Node): string => own.toString('latin1');
const nodes = fc.uniqueArray(node, { maxLength: 8, selector: key });
const sorted = (list: readonly Node[]): Node[] =>
  list.toSorted((a, b) => Buffer.compare(a.name, b.name));

/** All up to its content. */
const beginningOf = (file: Node): string =>
  encodeHead(file) + encodeAttributes(file.extendedAttributes);

describe('a directory of the parent', () => {
  it('finds what is in it, whatever has come and gone', () => {
    fc.assert(
      fc.property(nodes, nodes, fc.array(fc.boolean()), (stored, others, asked) => {
        const tree = encodeTree(stored);
        const onDamage = vi.fn();
        const directory = ParentDirectory.of(tree, onDamage);
        const known = new Map(decodeTree(tree).map((each) => [key(each), each]));
        const wanted = [
          ...stored.filter((_, at) => asked[at] !== false),
          ...others.filter((other) => !known.has(key(other))),
        ];
        for (const { name: own } of sorted(wanted)) {
          const found = directory.find(own)?.node ?? undefined;
          expect(found).toEqual(known.get(own.toString('latin1')));
        }
        expect(onDamage).not.toHaveBeenCalled();
      }),
    );
  });

  it('gives the content of files that are the same to the letter, and of no others', () => {
    fc.assert(
      fc.property(nodes, fc.nat({ max: 5 }), (stored, change) => {
        const directory = ParentDirectory.of(encodeTree(stored), () => undefined);
        for (const each of sorted(stored)) {
          const found = directory.find(each.name);
          const text = beginningOf(each);
          expect(found?.beginsWith(encodeHead(each))).toBe(true);
          expect(found?.contentBehind(text) ?? null).toEqual(each.content);
          if (each.content !== null) expect(withContent(text, each.content)).toBe(encodeNode(each));
          const changed = { ...each, uid: each.uid + 1 + change };
          expect(found?.beginsWith(encodeHead(changed))).toBe(false);
          expect(found?.contentBehind(beginningOf(changed))).toBe(null);
          // With its attributes it is not the node without them.
          if (each.extendedAttributes !== undefined)
            expect(found?.contentBehind(encodeHead(each))).toBe(null);
        }
      }),
    );
  });

  it('is the same tree as the same nodes, and as no others', () => {
    fc.assert(
      fc.property(nodes, nodes, (stored, others) => {
        const written = (list: readonly Node[]): string =>
          sorted(list)
            .map((each) => `,${encodeNode(each)}`)
            .join('');
        const directory = ParentDirectory.of(encodeTree(stored), () => undefined);
        fc.pre(!written(stored).includes('\ufffd') && stored.length > 0);
        expect(directory.isWrittenAs(written(stored))).toBe(true);
        expect(directory.isWrittenAs(written(stored.slice(1)))).toBe(false);
        expect(directory.isWrittenAs(written(others))).toBe(written(others) === written(stored));
      }),
    );
    expect(ParentDirectory.none.isWrittenAs('')).toBe(false);
  });

  it('takes none for the same in which something stands for bytes that are no text', () => {
    const tree = (own: Buffer): Buffer =>
      Buffer.concat([Buffer.from('{"nodes":[{"name":"'), own, Buffer.from('"}]}\n')]);
    const replaced = Buffer.from('\ufffd');
    for (const own of [Buffer.from([0xff]), replaced]) {
      const directory = ParentDirectory.of(tree(own), () => undefined);
      expect(directory.isWrittenAs(`,{"name":"${replaced.toString()}"}`)).toBe(false);
    }
  });

  it('reads every other spelling of the same', () => {
    fc.assert(
      fc.property(nodes, fc.constantFrom(1, 2), (stored, indent) => {
        const tree = encodeTree(stored);
        // The numbers above 2^53 would not survive being parsed.
        fc.pre(stored.every(({ inode }) => inode < 2n ** 53n));
        const spelled = Buffer.from(JSON.stringify(JSON.parse(tree.toString()), null, indent));
        const directory = ParentDirectory.of(spelled, () => undefined);
        for (const each of decodeTree(tree)) {
          expect(directory.find(each.name)?.node).toEqual(each);
        }
      }),
    );
  });

  const file = (own: string, more = ''): string =>
    `{"name":"${own}","type":"file","mtime":"2020-01-01T00:00:00Z","atime":"2020-01-01T00:00:00Z","ctime":"2020-01-01T00:00:00Z","uid":0,"gid":0${more},"content":[]}`;

  it.each([
    ['nothing', '', 0],
    ['no JSON', 'tree', 0],
    ['a list that does not end', `{"nodes":[${file('a')}`, 0],
    ['a node that is none', `{"nodes":[${file('a')},{"name":"b"},${file('c')}]}`, 1],
    [
      'a node of an unknown kind',
      `{"nodes":[${file('a')},{"name":"b","type":"x","content":null},${file('c')}]}`,
      2,
    ],
    ['a name that is none', `{"nodes":[${file('a')},${file(String.raw`\q`)},${file('c')}]}`, 1],
  ])('tells once of damage, and finds what comes before: %s', (_what, text, findable) => {
    const onDamage = vi.fn();
    const directory = ParentDirectory.of(Buffer.from(text), onDamage);
    const found = ['a', 'b', 'c'].filter((own) => directory.find(Buffer.from(own))?.node);
    expect(onDamage).toHaveBeenCalledTimes(1);
    expect(found.length).toBe(findable);
  });

  it('finds no content where an id is none', () => {
    const id = 'ab'.repeat(32);
    for (const bad of [`"${id.toUpperCase()}"`, `"${id.slice(1)}"`, `"${id}",`, `"${id}","x"`]) {
      const text = `{"nodes":[${file('a').replace('[]', `[${bad}]`)}]}`;
      const directory = ParentDirectory.of(Buffer.from(text), () => undefined);
      const found = directory.find(Buffer.from('a'));
      expect(found?.contentBehind(file('a').split(',"content"')[1] ?? '') ?? null).toBe(null);
      expect(found?.node ?? null).toBe(null);
    }
  });
});
