/** The query language of `files.list`, as far as it is used here: `in parents`, `name =`, `mimeType`, `trashed`, with and, or, parentheses. */
import type { DriveStore, Item } from './drive-store.ts';

type Test = (item: Item) => boolean;

/** Throws for what it does not understand, so that no test passes by an ignored term. */
export function matchesQuery(query: string, item: Item, store: DriveStore): boolean {
  if (query === '') return true;
  const tokens = query.match(/\(|\)|'(?:[^'\\]|\\.)*'|!=|=|[A-Za-z]+/gu) ?? [];
  let at = 0;
  const peek = (): string => tokens[at] ?? '';
  const take = (): string => {
    at += 1;
    return tokens[at - 1] ?? '';
  };
  const text = (token: string): string => token.slice(1, -1).replaceAll(/\\(.)/gu, '$1');

  const term = (): Test => {
    if (peek() === '(') {
      take();
      const inner = either();
      if (take() !== ')') throw new Error(`bad query: ${query}`);
      return inner;
    }
    const left = take();
    const operator = take();
    const right = take();
    if (operator === 'in' && right === 'parents') {
      const wanted = text(left) === 'root' ? store.rootId : text(left);
      return ({ parents }) => parents.includes(wanted);
    }
    if (left === 'trashed') return (found) => store.isTrashed(found) === (right === 'true');
    // Google compares names without regard to case here.
    if (left === 'name') return ({ name }) => name.toLowerCase() === text(right).toLowerCase();
    if (left === 'mimeType') {
      const same = operator === '=';
      return ({ mimeType }) => (mimeType === text(right)) === same;
    }
    throw new Error(`bad query: ${query}`);
  };
  const both = (): Test => {
    const tests = [term()];
    while (peek() === 'and') {
      take();
      tests.push(term());
    }
    return (found) => tests.every((test) => test(found));
  };
  function either(): Test {
    const tests = [both()];
    while (peek() === 'or') {
      take();
      tests.push(both());
    }
    return (found) => tests.some((test) => test(found));
  }
  const test = either();
  if (at !== tokens.length) throw new Error(`bad query: ${query}`);
  return test(item);
}
