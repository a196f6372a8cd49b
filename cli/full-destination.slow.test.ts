/**
 * A destination without room for what a command writes, whichever write it is: the command says so, the backup stays sound, every archive restores,
 * nothing half-written keeps room, and with room the same command finishes. The room left is counted in pages, from none on.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomBytesFor } from '../electron/engine/testing/file-tree.ts';
import { PAGE_BYTES, reasonForNoDisk } from '../electron/engine/testing/small-disk.ts';
import { startHoldfast, succeeded, type Running } from './testing/built-program.ts';
import { diskScene, failsAs, MIB } from './testing/disk-scene.ts';

const reason = reasonForNoDisk();

const isFull = (run: Running): Promise<boolean> => failsAs(run, 'backend/no-space');

describe.skipIf(reason !== null)(`a destination that is full${reason ? `: ${reason}` : ''}`, () => {
  it('stops a backup in the middle, and the next one goes on', async () => {
    const { disk, source, startBackup, backUp, judge, halfWritten } = await diskScene();
    writeFileSync(join(source, 'large.bin'), randomBytesFor('large', 20 * MIB));
    // Nothing; a lock; a lock and the first pieces; all but the last of it.
    for (const pages of [0, 1, 2, (18 * MIB) / PAGE_BYTES]) {
      disk.fillBut(pages);
      expect(await isFull(startBackup())).toBe(true);
      await judge();
      expect(halfWritten()).toEqual([]);
      disk.makeRoom();
    }
    await backUp();
    await judge();
  });

  it('stops forget, which changes nothing then', async () => {
    const { disk, place, archives, judge } = await diskScene();
    const forget = (): Running => startHoldfast(place, '--json', 'forget', '--keep-last', '1');
    disk.fillBut(0);
    expect(await isFull(forget())).toBe(true);
    await judge();
    disk.makeRoom();
    // It writes nothing but a lock.
    disk.fillBut(1);
    await succeeded(forget());
    await judge(archives.slice(-1));
  });

  it('stops prune at each of its writes, and it gives room back when there is some', async () => {
    const { disk, place, archives, judge, halfWritten } = await diskScene();
    await succeeded(startHoldfast(place, 'forget', '--keep-last', '1'));
    const kept = archives.slice(-1);
    const before = disk.freePages();
    const prune = (): Running => startHoldfast(place, '--json', 'prune', '--max-unused', '0');
    for (const pages of [0, 1, 2, 500]) {
      disk.fillBut(pages);
      expect(await isFull(prune())).toBe(true);
      await judge(kept);
      expect(halfWritten()).toEqual([]);
      disk.makeRoom();
    }
    await succeeded(prune());
    await judge(kept);
    expect(disk.freePages() - before).toBeGreaterThan((3 * MIB) / PAGE_BYTES);
  });

  it('stops a change of the secret before the old one is gone', async () => {
    const { disk, place, judge, halfWritten } = await diskScene();
    const secretFile = join(place.home, 'new-secret');
    writeFileSync(secretFile, 'holdfast-fixture', { mode: 0o600 });
    const change = (): Running =>
      startHoldfast(place, '--json', 'key', 'passwd', '--new-secret-file', secretFile);
    const keys = (): string[] => readdirSync(join(place.repository, 'keys'));
    const [old] = keys();
    for (const pages of [0, 1]) {
      disk.fillBut(pages);
      expect(await isFull(change())).toBe(true);
      expect(keys()).toEqual([old]);
      await judge();
      expect(halfWritten()).toEqual([]);
      disk.makeRoom();
    }
    disk.fillBut(2);
    await succeeded(change());
    expect(keys()).toHaveLength(1);
    expect(keys()).not.toEqual([old]);
    await judge();
  });
});
