/** What iCloud Drive of macOS 13 and before leaves in the place of a file that it took off the disk: `.name.icloud`, a small property list. */
import { open } from 'node:fs/promises';
import { parseBuffer } from 'bplist-parser';

const MAX_STUB_BYTES = 64 * 1024;

export { stubOf } from '../../../shared/location-names.ts';

/** The name of the file that a stub stands for; null for any other name. */
export function nameOfStub(stub: string): string | null {
  return /^\.(?<name>.+)\.icloud$/u.exec(stub)?.groups?.['name'] ?? null;
}

/** The size of the file that a stub stands for; null where it does not tell. Rejects with the operating system's error. */
export async function sizeInStub(path: string): Promise<number | null> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > MAX_STUB_BYTES) return null;
    const [facts] = parseBuffer<{ readonly NSURLFileSizeKey?: unknown }>(await file.readFile());
    const bytes = facts?.NSURLFileSizeKey;
    return typeof bytes === 'number' ? bytes : null;
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error;
    // No property list: somebody's own file of that name.
    return null;
  } finally {
    await file.close();
  }
}
