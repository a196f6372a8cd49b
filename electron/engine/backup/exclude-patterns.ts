/**
 * Patterns of what is left out, in the syntax of gitignore(5). The last pattern that matches an entry decides.
 *
 * - `*.tmp`, `node_modules`: a name, at any depth
 * - `cache/*.bin`: components that follow each other, at any depth. (In a .gitignore this would be bound to the file's folder; a backup
 *   has no such folder.)
 * - `/home/ann/Downloads`: an absolute path (on Windows `C:\Users\ann\Downloads`)
 * - `*` any characters and `?` one character of a name; `[a-z]`, `[!a]`, `[[:digit:]]` one of a class; `**` as a component any number
 *   of folders
 * - `build/`: a `/` at the end matches folders only
 * - `!keep.tmp`: backed up although an earlier pattern leaves it out, but never out of a folder that is left out: nobody looks there
 * - `#` begins a remark; `\#`, `\!`, `\*`, `\[`, `\\` and a blank at the end as `\ ` stand for themselves. On Windows `\` parts folders and
 *   stands for itself nowhere else than in `\#` and `\!` at the start; `[[]` and `[*]` do the rest.
 *
 * Letter case counts, except on Windows. Names that are not UTF-8 are met by wildcards only: such bytes count as one character each.
 * Each pattern is compiled once a thread, and filed under its last component: a name or an `*.ending` costs one look into a table, however
 * many there are. Figures: docs/adr/0012-exclusions.md.
 */
import type { ExclusionReason } from '../../../shared/model/exclusions.ts';
import { componentExpression, parseComponent, type Token } from './glob-component.ts';

export interface PatternRule {
  readonly pattern: string;
  readonly reason: ExclusionReason;
  /** Matches only where one of these names, or `*.ending`s, is in the same folder. */
  readonly beside?: readonly string[];
}

/** The folder of an entry; asked only when a rule needs it. */
export interface Surroundings {
  /** The whole path of the entry of this name. */
  pathTo(name: string): string;
  hasBeside(nameOrEnding: string): boolean;
}

interface Subject {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly folder: Surroundings;
}

interface CompiledRule {
  readonly index: number;
  readonly negated: boolean;
  readonly directoriesOnly: boolean;
  readonly reason: ExclusionReason;
  /** null: the table has compared the name already, or `path` does. */
  readonly name: RegExp | null;
  /** null: the name is all. */
  readonly path: RegExp | null;
  readonly beside: readonly string[] | null;
}

export class PatternMatcher {
  /** Nobody need ask: nothing matches. */
  readonly isEmpty: boolean;
  // The last rule first, in each of them.
  readonly #byName = new Map<string, CompiledRule[]>();
  readonly #byEnding = new Map<string, CompiledRule[]>();
  readonly #others: CompiledRule[] = [];

  constructor(rules: readonly PatternRule[], platform: NodeJS.Platform = process.platform) {
    rules.forEach((rule, index) => this.#add(rule, index, platform));
    this.isEmpty = this.#byName.size + this.#byEnding.size + this.#others.length === 0;
  }

  /** `name` is as `comparableText` makes it. Every folder above has been asked about before. null: it is backed up. */
  reasonFor(name: string, isDirectory: boolean, folder: Surroundings): ExclusionReason | null {
    const subject = { name, isDirectory, folder };
    let found = decisive(this.#byName.get(name), subject, null);
    if (this.#byEnding.size > 0) {
      const dot = name.lastIndexOf('.');
      if (dot >= 0) found = decisive(this.#byEnding.get(name.slice(dot)), subject, found);
    }
    found = decisive(this.#others, subject, found);
    return found === null || found.negated ? null : found.reason;
  }

  #add({ pattern, reason, beside }: PatternRule, index: number, platform: NodeJS.Platform): void {
    const parsed = parsePattern(pattern, platform);
    if (parsed.kind !== 'pattern') return;
    const { components, absolute, negated, directoriesOnly } = parsed;
    const flags = platform === 'win32' ? 'sui' : 'su';
    const last = components.at(-1) ?? '**';
    const literal = last === '**' ? null : literalOf(last);
    const ending = last === '**' || literal !== null ? null : endingOf(last);
    const isName = components.length === 1 && !absolute;
    const rule: CompiledRule = {
      index,
      negated,
      directoriesOnly,
      reason,
      name:
        last !== '**' && literal === null && ending === null
          ? new RegExp(`^${componentExpression(last)}$`, flags)
          : null,
      path: isName ? null : new RegExp(pathExpression(components, absolute), flags),
      beside: beside ?? null,
    };
    if (literal !== null) file(this.#byName, comparableText(literal, platform), rule);
    else if (ending !== null) file(this.#byEnding, comparableText(ending, platform), rule);
    else this.#others.unshift(rule);
  }
}

/** The one of the rules that comes after `found` and matches, else `found`. */
function decisive(
  rules: readonly CompiledRule[] | undefined,
  subject: Subject,
  found: CompiledRule | null,
): CompiledRule | null {
  if (rules === undefined) return found;
  for (const rule of rules) {
    if (found !== null && rule.index < found.index) return found;
    if (isMet(rule, subject)) return rule;
  }
  return found;
}

function isMet(rule: CompiledRule, { name, isDirectory, folder }: Subject): boolean {
  if (rule.directoriesOnly && !isDirectory) return false;
  if (rule.name !== null && !rule.name.test(name)) return false;
  if (rule.path !== null && !rule.path.test(folder.pathTo(name))) return false;
  return rule.beside === null || rule.beside.some((wanted) => folder.hasBeside(wanted));
}

function file(table: Map<string, CompiledRule[]>, key: string, rule: CompiledRule): void {
  const rules = table.get(key);
  if (rules === undefined) table.set(key, [rule]);
  else rules.unshift(rule);
}

/** As names and paths are compared. macOS hands out decomposed names that nobody types so; Windows does not tell letter case apart. */
export function comparableText(text: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return text.replaceAll('\\', '/').toLowerCase();
  return platform === 'darwin' ? text.normalize('NFC') : text;
}

type Component = readonly Token[] | '**';

type ParsedPattern =
  | {
      readonly kind: 'pattern';
      readonly negated: boolean;
      readonly directoriesOnly: boolean;
      readonly absolute: boolean;
      readonly components: readonly Component[];
    }
  /** A remark or an empty line. */
  | { readonly kind: 'nothing' }
  /** No name in it: it would match nothing, or everything by accident. */
  | { readonly kind: 'no-name' }
  /** A class that does not end, or a `\` with nothing after it. As in git it matches nothing. */
  | { readonly kind: 'broken' };

/** Why a pattern would never match anything; null for one that may, and for remarks. */
export function patternProblem(
  pattern: string,
  platform: NodeJS.Platform = process.platform,
): 'no-name' | 'broken' | null {
  const { kind } = parsePattern(pattern, platform);
  return kind === 'no-name' || kind === 'broken' ? kind : null;
}

function parsePattern(pattern: string, platform: NodeJS.Platform): ParsedPattern {
  let text = withoutBlanksAtEnd(pattern, platform);
  if (text === '' || text.startsWith('#')) return { kind: 'nothing' };
  const negated = text.startsWith('!');
  if (negated) text = text.slice(1);
  if (platform === 'win32') {
    const escaped = /^\\[#!]/u.test(text);
    text = (escaped ? text.slice(0, 2) : '') + text.slice(escaped ? 2 : 0).replaceAll('\\', '/');
  } else if (platform === 'darwin') {
    text = text.normalize('NFC');
  }
  const absolute = text.startsWith('/') || (platform === 'win32' && /^[a-z]:\//iu.test(text));
  const names = text
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    // More than two are no different in git.
    .map((name) => (/^\*{2,}$/u.test(name) ? '**' : name));
  if (names.every((name) => name === '**')) return { kind: 'no-name' };
  const components: Component[] = [];
  for (const name of names) {
    const component = name === '**' ? name : parseComponent(name);
    if (component === null) return { kind: 'broken' };
    components.push(component);
  }
  return { kind: 'pattern', negated, directoriesOnly: text.endsWith('/'), absolute, components };
}

function withoutBlanksAtEnd(pattern: string, platform: NodeJS.Platform): string {
  let end = pattern.length;
  while (end > 0 && pattern[end - 1] === ' ') end -= 1;
  if (end === pattern.length || platform === 'win32') return pattern.slice(0, end);
  const escapes = /\\*$/u.exec(pattern.slice(0, end))?.[0].length ?? 0;
  return pattern.slice(0, escapes % 2 === 1 ? end + 1 : end);
}

function pathExpression(components: readonly Component[], absolute: boolean): string {
  // No component is empty, not even the one before the first slash.
  let source = '(?:^|/)(?=[^/])';
  // A drive of Windows is the first component itself.
  if (absolute) source = startsWithDrive(components[0]) ? '^' : '^/';
  let groups = 0;
  components.forEach((component, index) => {
    const isLast = index === components.length - 1;
    if (component === '**') {
      source += isLast ? '.+' : '(?:[^/]+/)*';
    } else {
      source += componentExpression(component, groups) + (isLast ? '' : '/');
      groups += component.length;
    }
  });
  return `${source}$`;
}

function startsWithDrive(component: Component | undefined): boolean {
  const text = component === undefined || component === '**' ? null : literalOf(component);
  return text !== null && /^[a-z]:$/iu.test(text);
}

/** null when it has wildcards. */
function literalOf(component: readonly Token[]): string | null {
  return component.every((token) => token.kind === 'character')
    ? component.map(({ character }) => character).join('')
    : null;
}

/** `.tmp` of `*.tmp`; null for all others. */
function endingOf([star, ...rest]: readonly Token[]): string | null {
  const ending = star?.kind === 'star' ? literalOf(rest) : null;
  return ending !== null && ending.lastIndexOf('.') === 0 ? ending : null;
}
