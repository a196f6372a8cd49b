/**
 * One name of a pattern, as git's matcher reads it (wildmatch.c with WM_PATHNAME), made into a regular expression. Characters are those of
 * Unicode where git takes bytes.
 */

export type Token =
  | { readonly kind: 'character'; readonly character: string }
  /** `?` */
  | { readonly kind: 'any' }
  /** `*` */
  | { readonly kind: 'star' }
  | { readonly kind: 'class'; readonly negated: boolean; readonly source: string };

/** null when a class does not end, or `\` has nothing after it. */
export function parseComponent(text: string): readonly Token[] | null {
  const characters = Array.from(text);
  const tokens: Token[] = [];
  let at = 0;
  for (let character = characters[0]; character !== undefined; character = characters[at]) {
    at += 1;
    if (character === '*') {
      // Several in a row mean no more than one.
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
    } else if (character === '?') {
      tokens.push({ kind: 'any' });
    } else if (character === '[') {
      const found = parseClass(characters, at);
      if (found === null) return null;
      tokens.push(found.token);
      at = found.end;
    } else if (character === '\\') {
      const escaped = characters[at];
      if (escaped === undefined) return null;
      at += 1;
      tokens.push({ kind: 'character', character: escaped });
    } else {
      tokens.push({ kind: 'character', character });
    }
  }
  return tokens;
}

/** ASCII, as in git. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['alnum', '0-9A-Za-z'],
  ['alpha', 'A-Za-z'],
  ['blank', ' \\t'],
  ['cntrl', '\\0-\\x1f\\x7f'],
  ['digit', '0-9'],
  ['graph', '!-~'],
  ['lower', 'a-z'],
  ['print', ' -~'],
  ['punct', '!-\\/:-@\\[-`\\{-~'],
  ['space', '\\t-\\r '],
  ['upper', 'A-Z'],
  ['xdigit', '0-9A-Fa-f'],
]);

/** `start` is the character after `[`, `end` the one after the class. */
function parseClass(
  characters: readonly string[],
  start: number,
): { readonly token: Token; readonly end: number } | null {
  let at = start;
  const negated = characters[at] === '!' || characters[at] === '^';
  if (negated) at += 1;
  let source = '';
  let previous: string | null = null;
  for (let isFirst = true; isFirst || characters[at] !== ']'; isFirst = false) {
    let character = characters[at];
    if (character === undefined) return null;
    at += 1;
    const named = character === '[' && characters[at] === ':' ? namedClass(characters, at) : 'none';
    if (named === null) return null;
    if (named !== 'none') {
      source += named.source;
      at = named.end;
      previous = null;
      continue;
    }
    const after = characters[at];
    if (character === '-' && previous !== null && after !== undefined && after !== ']') {
      at += 1;
      const last = after === '\\' ? characters[at++] : after;
      if (last === undefined) return null;
      // One that runs backwards holds nothing.
      if (codeOf(previous) <= codeOf(last)) source += `${escaped(previous)}-${escaped(last)}`;
      previous = null;
      continue;
    }
    if (character === '\\') {
      character = after;
      if (character === undefined) return null;
      at += 1;
    }
    source += escaped(character);
    previous = character;
  }
  return { token: { kind: 'class', negated, source }, end: at + 1 };
}

/** Of `[:digit:]`, `start` is the first colon. `none`: no such form, the bracket is a character. null: an unknown word, or no end. */
function namedClass(
  characters: readonly string[],
  start: number,
): { readonly source: string; readonly end: number } | 'none' | null {
  const close = characters.indexOf(']', start + 1);
  if (close < 0) return null;
  if (close === start + 1 || characters[close - 1] !== ':') return 'none';
  const source = NAMED.get(characters.slice(start + 1, close - 1).join(''));
  return source === undefined ? null : { source, end: close + 1 };
}

/**
 * Matches the whole name. `groupsBefore` counts the capturing groups that stand before it. After a star the next piece is taken where it comes
 * first and never tried again further on, which finds all there is to find within one name, without the time that going back costs.
 */
export function componentExpression(tokens: readonly Token[], groupsBefore = 0): string {
  const pieces = [''];
  for (const token of tokens) {
    if (token.kind === 'star') pieces.push('');
    else pieces.push((pieces.pop() ?? '') + tokenSource(token));
  }
  const last = pieces.length - 1;
  let source = '';
  // Each star needs a group at most; the caller leaves room for as many as there are tokens.
  let group = groupsBefore;
  pieces.forEach((piece, index) => {
    if (index === 0) source += piece;
    else if (index === last) source += `[^/]*${piece}`;
    else {
      group += 1;
      source += `(?=(?<s${group}>[^/]*?${piece}))\\k<s${group}>`;
    }
  });
  return source;
}

function tokenSource(token: Exclude<Token, { kind: 'star' }>): string {
  switch (token.kind) {
    case 'character':
      return escaped(token.character);
    case 'any':
      return '[^/]';
    case 'class':
      break;
  }
  return token.negated ? `[^/${token.source}]` : `(?!/)[${token.source}]`;
}

function escaped(character: string): string {
  return `\\u{${codeOf(character).toString(16)}}`;
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
