/** A path in a snapshot as it is typed: plain names with `/` between them. */
import { UsageError } from '../session.ts';

/** The names from the top down; empty for the root. */
export function archivePath(typed: string): Buffer[] {
  const names = typed.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..')) throw new UsageError('a path in a snapshot has no ..');
  return names.map((name) => Buffer.from(name));
}
