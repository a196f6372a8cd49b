import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { freePath, keepBothName, restoredStamp } from './free-name.ts';
import { isSafeName } from './safe-name.ts';

const stamp = 'restored 2026-11-23 14.02';
const kept = (name: string, attempt = 1) =>
  keepBothName(Buffer.from(name), stamp, attempt).toString();

describe('names of restored files that give way', () => {
  it('carry the mark before the extension', () => {
    expect(kept('report.pdf')).toBe('report (restored 2026-11-23 14.02).pdf');
    expect(kept('notes')).toBe('notes (restored 2026-11-23 14.02)');
    expect(kept('.bashrc')).toBe('.bashrc (restored 2026-11-23 14.02)');
    expect(kept('a.tar.gz', 3)).toBe('a.tar (restored 2026-11-23 14.02, 3).gz');
  });

  it('say the local time', () => {
    expect(restoredStamp(new Date(2026, 10, 3, 4, 5).getTime())).toBe('restored 2026-11-03 04.05');
  });

  it('always fit, are safe, and are cut between characters', () => {
    const name = fc
      .string({ minLength: 1, maxLength: 255, unit: 'grapheme' })
      .filter((text) => isSafeName(Buffer.from(text)) && Buffer.byteLength(text) <= 255);
    fc.assert(
      fc.property(name, fc.integer({ min: 1, max: 10_000 }), (text, attempt) => {
        const result = keepBothName(Buffer.from(text), stamp, attempt);
        expect(result.length).toBeLessThanOrEqual(255);
        expect(isSafeName(result)).toBe(true);
        expect(result.includes(Buffer.from(stamp))).toBe(true);
      }),
    );
    expect(kept('ä'.repeat(127))).not.toContain('\ufffd');
  });

  it('are the first that is free', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'x (restored 2026-11-23 14.02).txt'), '');
    mkdirSync(join(folder, 'x (restored 2026-11-23 14.02, 2).txt'));
    const path = freePath(Buffer.from(join(folder, 'x.txt')), stamp);
    expect(path.toString()).toBe(join(folder, 'x (restored 2026-11-23 14.02, 3).txt'));
  });
});

describe('safe names', () => {
  it.each(['', '.', '..', 'a/b', '/', 'a\0', '\0'])('%j is none', (name) => {
    expect(isSafeName(Buffer.from(name), 'linux')).toBe(false);
  });
  it.each(['...', ' ', 'a\nb', 'C:', '~', '-rf', 'nul', 'a\\b'])('%j is one', (name) => {
    expect(isSafeName(Buffer.from(name), 'linux')).toBe(true);
  });
  it.each(['a\\b', 'a:b', 'NUL', 'com1.txt', 'x.', 'x ', '..\\x'])(
    '%j is none on Windows',
    (name) => {
      expect(isSafeName(Buffer.from(name), 'win32')).toBe(false);
    },
  );
});
