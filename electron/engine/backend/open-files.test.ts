import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { OpenFiles } from './open-files.ts';

let folder: string;
let files: OpenFiles;

beforeEach(() => {
  folder = temporaryFolder();
  files = new OpenFiles();
});

function make(name: string, content = name): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function read(path: string): Promise<string> {
  return files.use(path, async ({ handle, sizeBytes }) => {
    const bytes = Buffer.alloc(sizeBytes);
    await handle.read(bytes, 0, sizeBytes, 0);
    return bytes.toString();
  });
}

/** Files of the folder that this process has open, deleted ones included. */
function openHere(): string[] {
  return readdirSync('/proc/self/fd')
    .flatMap((name) => {
      try {
        return [readlinkSync(join('/proc/self/fd', name))];
      } catch {
        return [];
      }
    })
    .filter((path) => path.startsWith(folder));
}

describe.skipIf(!existsSync('/proc/self/fd'))('files that stay open for a moment', () => {
  it('are opened once for many reads, also for those at the same time', async () => {
    const path = make('one', 'some content');
    const readAll = await Promise.all(Array.from({ length: 20 }, async () => read(path)));
    expect(new Set(readAll)).toEqual(new Set(['some content']));
    expect(openHere()).toEqual([path]);
    await read(path);
    expect(openHere()).toEqual([path]);
  });

  it('are closed when nobody has read from them for a while', async () => {
    const path = make('one');
    await read(path);
    expect(openHere()).toEqual([path]);
    await vi.waitFor(() => expect(openHere()).toEqual([]), { timeout: 20_000, interval: 50 });
    expect(await read(path)).toBe('one');
  });

  it('are never many', async () => {
    // However long it takes: nothing is closed for not being read from.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      for (let at = 0; at < 60; at++) expect(await read(make(`file ${at}`))).toBe(`file ${at}`);
      expect(openHere()).toHaveLength(16);
      expect(openHere()).toContain(join(folder, 'file 59'));
    } finally {
      vi.useRealTimers();
    }
  });

  it('are closed before they are deleted, but for who is still reading', async () => {
    const path = make('one');
    await read(path);
    await files.close(path);
    expect(openHere()).toEqual([]);
    const go = Promise.withResolvers<void>();
    const reading = files.use(path, async ({ handle, sizeBytes }) => {
      await go.promise;
      const { buffer } = await handle.read(Buffer.alloc(sizeBytes), 0, sizeBytes, 0);
      return buffer.toString();
    });
    await vi.waitFor(() => expect(openHere()).toEqual([path]));
    await files.close(path);
    unlinkSync(path);
    go.resolve();
    expect(await reading).toBe('one');
    expect(openHere()).toEqual([]);
  });

  it('are looked at anew after whatever failed', async () => {
    const path = make('one');
    await expect(
      files.use(path, async () => Promise.reject(new Error('on purpose'))),
    ).rejects.toThrow('on purpose');
    expect(openHere()).toEqual([]);
    await expect(read(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await read(make('none'))).toBe('none');
    expect(readFileSync(path, 'utf8')).toBe('one');
  });
});
