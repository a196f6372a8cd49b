/** The steps by which a file-system backend makes files durable and reads exact ranges. Errors are the system's own. */
import * as fs from 'node:fs/promises';

import { HoldfastError } from '../../../shared/errors.ts';
import type { ByteRange } from './backend.ts';
import { systemErrorCode } from './os-error.ts';

const READ_STEP_BYTES = 8 * 1024 * 1024;

export async function exists(path: string): Promise<boolean> {
  try {
    await fs.stat(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return false;
    throw error;
  }
}

export async function makeFolder(path: string, mode: number): Promise<void> {
  await ignoring(fs.mkdir(path, { mode }), ['EEXIST']);
}

export async function makeReadOnly(path: string, mode: number): Promise<void> {
  if (process.platform === 'win32') return;
  await ignoring(fs.chmod(path, mode), ['EPERM', 'ENOTSUP', 'ENOSYS']);
}

/** Some file systems, and Windows, have no fsync of folders; there the rename has to do. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(path, 'r');
  try {
    await ignoring(handle.sync(), ['ENOTSUP', 'EINVAL', 'ENOSYS']);
  } finally {
    await handle.close();
  }
}

export async function ignoring(work: Promise<unknown>, codes: readonly string[]): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!codes.includes(systemErrorCode(error) ?? '')) throw error;
  }
}

export async function readRange(
  handle: fs.FileHandle,
  sizeBytes: number,
  range: ByteRange,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  if (range.offset + range.length > sizeBytes) {
    throw new HoldfastError('backend/io', {
      context: { reason: 'range past the end of the file' },
    });
  }
  const { into, length } = range;
  const bytes = into === undefined ? Buffer.allocUnsafe(length) : Buffer.from(into, 0, length);
  let filled = 0;
  while (filled < range.length) {
    signal?.throwIfAborted();
    const step = Math.min(READ_STEP_BYTES, range.length - filled);
    const { bytesRead } = await handle.read(bytes, filled, step, range.offset + filled);
    if (bytesRead === 0) {
      throw new HoldfastError('backend/io', { context: { reason: 'file ended early' } });
    }
    filled += bytesRead;
  }
  return bytes;
}

/** In a few large steps: `readFile` takes half a MiB at a time, each of them a way to another thread and back. */
export async function readWhole(path: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const handle = await fs.open(path, 'r');
  try {
    const { size } = await handle.stat();
    return await readRange(handle, size, { offset: 0, length: size }, signal);
  } finally {
    await handle.close();
  }
}
