/** Folders deeper than the system takes in one call: 4,096 bytes on Linux. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runBackup } from '../backup/archiver.ts';
import { testFileSystem, testJob, testPorts } from '../testing/engine-means.ts';
import { resticOracle } from '../testing/restic-oracle.ts';
import { RestoreScene } from '../testing/restore-scene.ts';
import { OpenFolder } from './open-folder.ts';

const { execPath } = process;

/** Step by step, as such folders are made: twenty in each other, 5,020 bytes of names, and in the last one a bit of everything. */
const DIG = `
  const fs = require('node:fs');
  for (let level = 0; level < 20; level += 1) {
    fs.mkdirSync('d'.repeat(250));
    process.chdir('d'.repeat(250));
  }
  for (const [name, bytes] of [['file', 100_000], ['small', 5], ['empty', 0]]) {
    fs.writeFileSync(name, 'x'.repeat(bytes));
  }
  fs.symlinkSync('../nowhere', 'link');
  fs.linkSync('file', 'second');
  fs.mkdirSync('sub');
  fs.mkdirSync('sub/none');
  fs.writeFileSync('sub/below', 'below');
  require('node:child_process').execFileSync('mkfifo', ['pipe']);
  fs.chmodSync('file', 0o640);
  fs.chmodSync('sub', 0o1770);
  fs.utimesSync('small', 1_000_000_000, 1_234_567_890);
`;

/** The same way down, to change some of it. */
const CHANGE = `
  const fs = require('node:fs');
  for (let level = 0; level < 20; level += 1) process.chdir('d'.repeat(250));
  fs.writeFileSync('small', 'other');
  fs.unlinkSync('sub/below');
  fs.unlinkSync('link');
`;

let scene: RestoreScene;

beforeEach(async () => {
  scene = await RestoreScene.create();
});
// What removes temporary folders gives up at such paths.
afterEach(() => {
  execFileSync('rm', ['-rf', scene.source, scene.target]);
});

/** All that tar keeps: names, content, permissions, owners, times, links, fifos. */
function digestOf(folder: string): string {
  const tar = `tar --sort=name --format=posix --pax-option=delete=atime,delete=ctime -cf - . | sha256sum`;
  return execFileSync('bash', ['-o', 'pipefail', '-c', tar], { cwd: folder, encoding: 'utf8' });
}

describe.skipIf(process.platform !== 'linux')('paths beyond what the system takes at once', () => {
  it('are stored, found unchanged, restored, and found right', async () => {
    execFileSync(execPath, ['-e', DIG], { cwd: scene.source });
    const means = { ports: testPorts(), fileSystem: testFileSystem() };
    const request = { sources: [scene.source], excludes: [], excludedPlaces: [] };
    const first = await runBackup(scene.repository, request, means, testJob());
    expect(first.warnings).toEqual([]);
    expect(first.filesNew).toBe(5);
    const second = await runBackup(scene.repository, request, means, testJob());
    expect(second).toMatchObject({ warningCount: 0, filesUnmodified: 5, dataBlobs: 0 });
    resticOracle(scene.repositoryPath, scene.folder).check();

    const restored = await scene.restore();
    expect(restored.warnings).toEqual([]);
    expect(restored.filesRestored).toBe(5);
    expect(existsSync(scene.restored)).toBe(true);
    expect(digestOf(scene.restored)).toBe(digestOf(scene.source));
    const { preview } = await scene.plan({ conflictPolicy: 'replace' });
    expect(preview).toMatchObject({ conflictCount: 0, bytesToWrite: 0 });
    const again = await scene.restore({ conflictPolicy: 'replace' });
    expect(again).toMatchObject({ filesRestored: 0, filesAlreadyRight: 5 + 2, warningCount: 0 });
  });

  it('get back what was changed at them, and a place beside what is kept', async () => {
    execFileSync(execPath, ['-e', DIG], { cwd: scene.source });
    await scene.backUp();
    const before = digestOf(scene.source);
    await scene.restore();
    execFileSync(execPath, ['-e', CHANGE], { cwd: scene.restored });
    expect(digestOf(scene.restored)).not.toBe(before);
    const { preview } = await scene.plan({ conflictPolicy: 'keep-both' });
    expect(preview.conflictCount).toBe(1);
    const kept = await scene.restore({ conflictPolicy: 'keep-both' });
    expect(kept).toMatchObject({ filesKeptBoth: 1, warningCount: 0 });
    const replaced = await scene.restore({ conflictPolicy: 'replace' });
    expect(replaced.warningCount).toBe(0);
    const list = 'find . -name "small*" -execdir cat {} +';
    expect(execFileSync('bash', ['-c', list], { cwd: scene.restored, encoding: 'utf8' })).toBe(
      'xxxxxxxxxx',
    );
  });
});

describe('an open folder', () => {
  it('closes those above it however many they are', () => {
    const all = new Set<OpenFolder>();
    const closed: number[] = [];
    let folder: OpenFolder | null = null;
    for (let depth = 0; depth < 50_000; depth++) {
      const parent: OpenFolder | null = folder;
      const dress = (): void => void closed.push(depth);
      folder = new OpenFolder({ path: Buffer.from('x'), isNew: true, dress }, parent, all);
      parent?.release();
    }
    folder?.release();
    expect(closed).toEqual(Array.from({ length: 50_000 }, (_, at) => 49_999 - at));
    expect(all.size).toBe(0);
  });
});
