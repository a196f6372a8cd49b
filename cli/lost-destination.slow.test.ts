/**
 * A destination that is write-protected, or goes away while a command works with it: pulled out, or its folder renamed. The command says so by name,
 * nothing is counted that is not there, and when it is back the same command finishes. The command stands still while it goes, so that it is in
 * the middle of its work however fast the machine is.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeTree, randomBytesFor } from '../electron/engine/testing/file-tree.ts';
import { PAGE_BYTES, reasonForNoDisk } from '../electron/engine/testing/small-disk.ts';
import { jsonLines, startHoldfast, succeeded, type Running } from './testing/built-program.ts';
import { diskScene, failsAs, inTheMiddle, MIB } from './testing/disk-scene.ts';

const reason = reasonForNoDisk();
const because = reason === null ? '' : `: ${reason}`;

describe.skipIf(reason !== null)(`a destination that is write-protected${because}`, () => {
  it('takes no backup, and gives back all that is on it', async () => {
    const { disk, place, startBackup, backUp, judge } = await diskScene();
    disk.writeProtect(true);
    expect(await failsAs(startBackup(), 'backend/permission-denied')).toBe(true);
    for (const command of [['forget', '--keep-last', '1'], ['prune'], ['key', 'list']]) {
      const run = startHoldfast(place, '--json', ...command);
      expect(await failsAs(run, 'backend/permission-denied')).toBe(command[0] !== 'key');
    }
    const listed = jsonLines(await succeeded(startHoldfast(place, '--json', 'snapshots')));
    expect(listed.at(-1)).toMatchObject({ snapshot_count: 2 });
    await succeeded(startHoldfast(place, 'ls', 'latest'));
    await succeeded(startHoldfast(place, 'check', '--read-data'));
    // Restores by restic and by us.
    await judge();
    disk.writeProtect(false);
    await backUp();
    await judge();
  });
});

describe.skipIf(reason !== null)(`a destination that goes away${because}`, () => {
  const commands = {
    backup: ['backup', 'SOURCE'],
    forget: ['forget', '--keep-last', '2'],
    prune: ['prune', '--max-unused', '0'],
    'key passwd': ['key', 'passwd', '--new-secret-file', 'NEW'],
    check: ['check', '--read-data'],
    restore: ['restore', 'latest', '--target', 'TARGET'],
  };
  // At its lock, or when its first pack is there.
  it.each([
    ['pulled out', 'forget', 'lock'],
    ['pulled out', 'key passwd', 'lock'],
    ['pulled out', 'check', 'lock'],
    ['pulled out', 'backup', 'work'],
    ['pulled out', 'prune', 'work'],
    ['pulled out', 'restore', 'lock'],
    ['renamed', 'backup', 'work'],
  ] as const)('%s during %s (%s) is told, and nothing is lost', async (way, name, moment) => {
    const scene = await diskScene(way === 'pulled out' ? 'whole' : 'in', 128);
    const { disk, folder, place, source, archives, startBackup, backUp, judge } = scene;
    const target = join(folder, 'target');
    const values: Record<string, string> = {
      SOURCE: source,
      NEW: join(place.home, 'new-secret'),
      TARGET: target,
    };
    writeFileSync(values['NEW'] ?? '', 'holdfast-fixture', { mode: 0o600 });
    writeFileSync(join(source, 'more.bin'), randomBytesFor('more', 48 * MIB));
    if (name === 'restore') await backUp();
    // Something to rewrite.
    if (name === 'prune') {
      await succeeded(startHoldfast(place, 'forget', '--keep-last', '1'));
      archives.shift();
    }
    const args = commands[name].map((arg) => values[arg] ?? arg);
    const start = (): Running =>
      name === 'backup' ? startBackup() : startHoldfast(place, '--json', ...args);
    const packs = (): number => filesIn(join(place.repository, 'data')).length;
    const elsewhere = join(disk.path, 'elsewhere');
    const goAway = (): void => {
      if (way === 'pulled out') disk.pullOut();
      else renameSync(place.repository, elsewhere);
    };
    let run = start();
    for (let attempt = 0; ; attempt += 1) {
      const before = packs();
      const isThere = {
        lock: () => filesIn(join(place.repository, 'locks')).length > 0,
        work: () => packs() > before,
      }[moment];
      if (await inTheMiddle(run, isThere, goAway)) break;
      assert.ok(attempt < 5, 'it was always over before');
      rmSync(target, { recursive: true, force: true });
      writeFileSync(join(source, 'more.bin'), randomBytesFor(`more ${attempt}`, 48 * MIB));
      run = start();
    }
    expect(await failsAs(run, 'backend/unavailable')).toBe(true);
    // Nothing is made anew where it was.
    expect(existsSync(join(place.repository, 'config'))).toBe(false);
    if (way === 'renamed') expect(existsSync(place.repository)).toBe(false);
    else expect(readdirSync(disk.path)).toEqual([]);
    if (way === 'pulled out') disk.plugIn();
    else renameSync(elsewhere, place.repository);
    // What was cut off finds its own lock, and takes it away.
    if (name === 'backup') await backUp();
    else await succeeded(start());
    if (name === 'restore' || name === 'check') await succeeded(startHoldfast(place, 'unlock'));
    await judge();
  });
});

describe.skipIf(reason !== null)(`a place to restore to${because}`, () => {
  it('without room is refused; one that becomes full keeps what is whole, and with room the rest follows', async () => {
    const { disk, place, source, backUp } = await diskScene('beside', 64);
    writeFileSync(join(source, 'zz.bin'), randomBytesFor('more', 40 * MIB));
    await backUp();
    const target = join(disk.path, 'target');
    const restore = (): Running =>
      startHoldfast(place, '--json', 'restore', 'latest', '--target', target);
    disk.fillBut((10 * MIB) / PAGE_BYTES);
    expect(await failsAs(restore(), 'restore/no-space')).toBe(true);
    expect(existsSync(target)).toBe(false);
    disk.makeRoom();
    const whole = (): string[] => filesIn(target).filter((name) => name.endsWith('.bin'));
    for (let attempt = 0; ; attempt += 1) {
      const run = restore();
      if (
        await inTheMiddle(
          run,
          () => whole().length > 0,
          () => disk.fillBut(0),
        )
      ) {
        expect(await failsAs(run, 'restore/no-space')).toBe(true);
        break;
      }
      assert.ok(attempt < 5, 'it was always over before');
      rmSync(target, { recursive: true, force: true });
    }
    expect(filesIn(target)).toEqual(whole());
    const kept = whole().length;
    disk.makeRoom();
    const lines = jsonLines(await succeeded(restore()));
    expect(lines.at(-1)).toMatchObject({ message_type: 'summary', files_already_right: kept });
    expect(describeTree(join(target, source))).toEqual(describeTree(source));
  });

  it('that goes away is told, and the rest follows when it is back', async () => {
    const { disk, place, source, backUp } = await diskScene('beside', 128);
    writeFileSync(join(source, 'zz.bin'), randomBytesFor('more', 40 * MIB));
    await backUp();
    const target = join(disk.path, 'target');
    const restore = (): Running =>
      startHoldfast(place, '--json', 'restore', 'latest', '--target', target);
    for (let attempt = 0; ; attempt += 1) {
      const run = restore();
      if (
        await inTheMiddle(
          run,
          () => filesIn(target).length > 1,
          () => disk.pullOut(),
        )
      ) {
        expect(await failsAs(run, 'restore/target-gone')).toBe(true);
        break;
      }
      assert.ok(attempt < 5, 'it was always over before');
      rmSync(target, { recursive: true, force: true });
    }
    expect(readdirSync(disk.path)).toEqual([]);
    disk.plugIn();
    await succeeded(restore());
    expect(describeTree(join(target, source))).toEqual(describeTree(source));
  });
});

/** Paths of all that is no folder below it; none where it is not. */
function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name);
}
