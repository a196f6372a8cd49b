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
import { anyNode as node } from '../testing/any-node.ts';
import { ParentDirectory } from './parent-directory.ts';

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
