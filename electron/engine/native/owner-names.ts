/** Names of users and groups by id, from `/etc/passwd` and `/etc/group`, with a memory in front. Never throws. */
import { readFileSync } from 'node:fs';

/** Reads `name:password:id:…` lines. A file that cannot be read yields no names. */
export function readOwnerFile(path: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return names;
  }
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    if (name === undefined || name === '' || id === undefined || !/^\d+$/u.test(id)) continue;
    // The first line of an id wins, as in getpwuid.
    if (!names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}

/** Remembers every answer, also that there is no name: a directory server may stand behind `lookUp`. */
export function rememberNames(
  lookUp: (id: number) => string | null,
): (id: number) => string | null {
  const known = new Map<number, string | null>();
  return (id) => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const name = lookUp(id);
    known.set(id, name);
    return name;
  };
}

/** A look-up in one of the two files, which is read at the first question only. */
export function namesFromFile(path: string): (id: number) => string | null {
  let names: ReadonlyMap<number, string> | null = null;
  return (id) => (names ??= readOwnerFile(path)).get(id) ?? null;
}
