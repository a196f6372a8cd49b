/**
 * A place inside a snapshot as one string: `/` and the quoted names joined by `/`. Names with bytes that are not UTF-8 survive, and no
 * two places share a string. `/` alone is the root.
 */
import { invalid } from './go-json.ts';
import { quoteName, unquoteName } from './name-quoting.ts';

export function encodePath(components: readonly Buffer[]): string {
  return `/${components.map(quoteName).join('/')}`;
}

/** Throws `format/invalid` for a path that does not begin with `/`, and for names that no file can have. */
export function decodePath(path: string): Buffer[] {
  if (!path.startsWith('/')) throw invalid('path');
  if (path === '/') return [];
  return path
    .slice(1)
    .split('/')
    .map((component) => {
      const name = unquoteName(component);
      const text = name.toString('latin1');
      if (text === '' || text === '.' || text === '..' || /[/\0]/u.test(text))
        throw invalid('path');
      return name;
    });
}
