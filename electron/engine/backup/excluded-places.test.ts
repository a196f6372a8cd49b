import { lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExcludedPlaces } from './excluded-places.ts';

describe('excluded places', () => {
  it('are found by path, also when they do not exist, and through a link', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-places-'));
    try {
      mkdirSync(join(folder, 'real', 'repo'), { recursive: true });
      mkdirSync(join(folder, 'other'));
      writeFileSync(join(folder, 'later'), '');
      symlinkSync(join(folder, 'real'), join(folder, 'link'));
      const places = await ExcludedPlaces.locate([
        { path: join(folder, 'link', 'repo'), reason: 'destination-inside-source' },
        { path: join(folder, 'not-yet', '..', 'later'), reason: 'cache-inside-source' },
      ]);
      const ask = (name: string) => {
        const path = join(folder, name);
        return places.reasonFor(Buffer.from(path), lstatSync(path, { bigint: true }));
      };
      expect(ask('real/repo')).toBe('destination-inside-source');
      expect(ask('later')).toBe('cache-inside-source');
      expect(ask('other')).toBeNull();
      expect(ask('real')).toBeNull();
      expect(ask('link')).toBeNull();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
