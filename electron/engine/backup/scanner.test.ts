import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { measureFolder } from './folder-measure.ts';
import { scanEntry, scanUnsorted, type ScannedEntry } from './scanner.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-scan-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});
const never = new AbortController().signal;

async function collect(entries: AsyncIterable<ScannedEntry>): Promise<ScannedEntry[]> {
  const found: ScannedEntry[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

describe('scanner', () => {
  it('keeps names that are not UTF-8', async () => {
    const names = [
      Buffer.from('z'),
      Buffer.from('Z'),
      Buffer.from('\u{10000}'),
      Buffer.from('\uffee'),
      Buffer.from([0xff, 0x41]),
      Buffer.from('a\nb'),
      Buffer.from('ä'),
    ];
    for (const name of names) writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), name]), 'x');
    const found = await collect(scanUnsorted(Buffer.from(folder), never));
    const hex = (all: readonly Buffer[]): string[] =>
      all.map((name) => name.toString('hex')).toSorted((a, b) => a.localeCompare(b));
    expect(hex(found.map(({ name }) => name))).toEqual(hex(names));
    expect(found.every((entry) => entry.kind === 'entry' && entry.stat.isFile())).toBe(true);
  });

  it('does not follow links, and rejects for what is no directory', async () => {
    symlinkSync('/nowhere', join(folder, 'dangling'));
    const [entry] = await collect(scanUnsorted(Buffer.from(folder), never));
    expect(entry?.kind === 'entry' && entry.stat.isSymbolicLink()).toBe(true);
    const missing = scanUnsorted(Buffer.from(join(folder, 'none')), never);
    await expect(missing.next()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('makes a value of a failing entry', async () => {
    const path = Buffer.from(join(folder, 'none'));
    expect(await scanEntry(Buffer.from('none'), path)).toMatchObject({
      kind: 'failed',
      code: 'ENOENT',
    });
  });

  it('ends when aborted', async () => {
    writeFileSync(join(folder, 'x'), '');
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    await expect(collect(scanUnsorted(Buffer.from(folder), stop.signal))).rejects.toThrow('enough');
  });
});

describe('measureFolder', () => {
  it('counts all below, live, without sockets', async () => {
    mkdirSync(join(folder, 'a', 'b'), { recursive: true });
    writeFileSync(join(folder, 'a', 'one'), 'x'.repeat(10));
    writeFileSync(join(folder, 'a', 'b', 'two'), 'x'.repeat(5));
    symlinkSync('/', join(folder, 'link'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
    try {
      const seen: number[] = [];
      const measure = await measureFolder(Buffer.from(folder), {
        signal: never,
        onProgress: (so) => seen.push(so.files),
      });
      expect(measure).toEqual({ files: 3, bytes: 15, unreadable: 0 });
      expect(seen).toEqual([1, 2, 3]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('measures a single file, and counts what is not there as unreadable', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'abc');
    const options = { signal: never };
    expect(await measureFolder(Buffer.from(file), options)).toEqual({
      files: 1,
      bytes: 3,
      unreadable: 0,
    });
    const missing = await measureFolder(Buffer.from(join(folder, 'none')), options);
    expect(missing).toEqual({ files: 0, bytes: 0, unreadable: 1 });
  });

  it('ends with the reason of the abort', async () => {
    mkdirSync(join(folder, 'a', 'b'), { recursive: true });
    const stop = new AbortController();
    const running = measureFolder(Buffer.from(folder), {
      signal: stop.signal,
      onProgress: () => {
        stop.abort(new Error('enough'));
      },
    });
    await expect(running).rejects.toThrow('enough');
  });
});
