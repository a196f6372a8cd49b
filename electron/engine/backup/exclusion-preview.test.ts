/** Rules as a whole, seen by the preview, and that a backup takes exactly what the preview says. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheDirectoryTag, noExclusionOptions } from '../../../shared/model/exclusion-options.ts';
import {
  exclusionPresetSchema,
  type ExclusionOptions,
  type ExclusionReason,
} from '../../../shared/model/exclusions.ts';
import { noCloudFiles, type CloudFiles } from '../native/cloud-files.ts';
import {
  createTestRepository,
  testFileSystem,
  testJob,
  testPorts,
} from '../testing/engine-means.ts';
import { iCloudStub } from '../testing/icloud-stub.ts';
import { MemoryBackend } from '../testing/memory-backend.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { runBackup } from './archiver.ts';
import { patternProblem } from './exclude-patterns.ts';
import { presetPatterns } from './exclusion-presets.ts';
import { Exclusions } from './exclusions.ts';
import { previewExclusions, type PreviewRequest } from './exclusion-preview.ts';

const TAG = cacheDirectoryTag.header ?? '';

function scene(files: Readonly<Record<string, string>>) {
  const source = join(temporaryFolder(), 'home');
  mkdirSync(source);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), content);
  }
  return source;
}

function request(
  source: string,
  excludes: readonly string[],
  options: Partial<ExclusionOptions>,
): PreviewRequest {
  const exclusionOptions = { ...noExclusionOptions, ...options };
  return { sources: [source], excludes, exclusionOptions, excludedPlaces: [], cloudFiles: 'skip' };
}

function preview(asked: PreviewRequest, cloud: CloudFiles = noCloudFiles) {
  return previewExclusions(asked, { cloud, signal: new AbortController().signal });
}

/** What is left out, in words. */
async function leftOut(asked: PreviewRequest): Promise<string[]> {
  const { excluded } = await preview(asked);
  return excluded.map(({ reason, entries, files, bytes }) =>
    [wordsOf(reason), entries, files, bytes].join(' '),
  );
}

function wordsOf(reason: ExclusionReason): string {
  return Object.values(reason).join(' ');
}

describe('a preview', () => {
  it('says what each rule leaves out, the largest first, and what a backup takes', async () => {
    const source = scene({
      'letter.txt': 'x'.repeat(100),
      'a.tmp': 'x'.repeat(10),
      'deep/b.tmp': 'x'.repeat(10),
      'keep.tmp': 'x',
      'big.mov': 'x'.repeat(5000),
      'cache/CACHEDIR.TAG': TAG,
      'cache/one/x': 'x'.repeat(300),
      'cache/two': 'x'.repeat(400),
      'secret/.nobackup': '',
      'secret/diary.tmp': 'x'.repeat(20),
      'junk/1': 'x'.repeat(2000),
      'junk/2/3': 'x'.repeat(2000),
    });
    const asked = request(source, ['*.tmp', 'junk/', '!keep.tmp'], {
      tags: [cacheDirectoryTag, { name: '.nobackup', header: null }],
      largerThanBytes: 4096,
    });
    expect(await leftOut(asked)).toEqual([
      'size 1 1 5000',
      'pattern junk/ 1 2 4000',
      'tag CACHEDIR.TAG 2 2 700',
      'pattern *.tmp 2 2 20',
      'tag .nobackup 1 1 20',
    ]);
    const found = await preview(asked);
    const repository = await createTestRepository(new MemoryBackend());
    const means = { ports: testPorts(), fileSystem: testFileSystem() };
    const backup = await runBackup(repository, asked, means, testJob());
    expect(found).toMatchObject({ files: 4, bytes: 101 + TAG.length, unreadable: 0 });
    expect(backup).toMatchObject({ filesProcessed: 4, bytesProcessed: found.bytes });
    expect(backup.entriesLeftOut).toBe(
      found.excluded.reduce((sum, { entries }) => sum + entries, 0),
    );
    expect(backup.warningCount).toBe(0);
  });

  it('counts what cannot be read apart from what is left out', async () => {
    const source = scene({ 'a/x': '1', 'b/x': '1' });
    const path = join(source, '..', 'gone');
    const asked = { ...request(source, ['a/'], {}), sources: [source, path] };
    chmodSync(join(source, 'a'), 0o000);
    const found = await preview(asked);
    expect(found).toMatchObject({ files: 1, unreadable: 1 });
    expect(found.excluded).toHaveLength(1);
    chmodSync(join(source, 'a'), 0o700);
  });

  it('knows files whose bytes are in a cloud by the policy of the plan', async () => {
    const source = scene({ here: 'x', there: 'x'.repeat(50) });
    writeFileSync(join(source, '.old.icloud'), iCloudStub(70));
    const cloud = {
      ...noCloudFiles,
      isElsewhere: (path: Buffer) => path.toString().endsWith('there'),
    };
    writeFileSync(join(source, '.film.mov.icloud'), iCloudStub(9000));
    const asked = request(source, ['*.mov'], {});
    expect(await preview(asked, cloud)).toEqual({
      files: 1,
      bytes: 1,
      unreadable: 0,
      excluded: [
        { reason: { kind: 'pattern', pattern: '*.mov' }, entries: 1, files: 1, bytes: 9000 },
        { reason: { kind: 'cloud' }, entries: 2, files: 2, bytes: 120 },
      ],
    });
    expect(await preview({ ...asked, cloudFiles: 'fetch' }, cloud)).toMatchObject({
      files: 3,
      bytes: 121,
      excluded: [{ files: 1 }],
    });
  });

  it('tells figures on the way, leaves the destination out, counts nested sources once, and ends when told', async () => {
    const source = scene({ 'a/b/c': 'x', 'repo/data': 'xx' });
    const place = { path: join(source, 'repo'), reason: 'destination-inside-source' as const };
    const asked = {
      ...request(source, [], {}),
      sources: [source, join(source, 'a')],
      excludedPlaces: [place],
    };
    const seen: number[] = [];
    const stop = new AbortController();
    const means = { cloud: noCloudFiles, signal: stop.signal };
    const found = await previewExclusions(asked, {
      ...means,
      onProgress: (soFar) => seen.push(soFar().files),
    });
    expect(found).toMatchObject({ files: 1, bytes: 1 });
    expect(found.excluded).toEqual([
      { reason: { kind: 'place', place: place.reason }, entries: 1, files: 1, bytes: 2 },
    ]);
    expect(seen.length).toBeGreaterThan(2);
    const ended = previewExclusions(asked, {
      ...means,
      onProgress: () => {
        stop.abort(new Error('enough'));
      },
    });
    await expect(ended).rejects.toThrow('enough');
  });
});

describe('presets', () => {
  it('leave build output out only with the evidence for it', async () => {
    const source = scene({
      'rust/Cargo.toml': '',
      'rust/target/x': '1',
      'holiday/target/photo.jpg': '1',
      'holiday/build/photo.jpg': '1',
      'tagged/target/CACHEDIR.TAG': TAG,
      'tagged/target/x': '22',
      'web/package.json': '',
      'web/dist/x': '1',
      'web/build/icon.png': '1',
      'web/node_modules/y/dist/x': '1',
      'net/app.csproj': '',
      'net/obj/x': '1',
      'python/pyvenv.cfg': 'home = /usr/bin\n',
      'python/lib/x': '333',
      'not-python/pyvenv.cfg': 'something else',
      'not-python/lib': '1',
    });
    const found = await preview(request(source, [], { presets: ['build-output'] }));
    expect(found.excluded).toEqual([
      {
        reason: { kind: 'preset', preset: 'build-output' },
        entries: 6,
        files: 6,
        bytes: 1 + 2 + 1 + 1 + 1 + 3,
      },
    ]);
    expect(found.files).toBe(10);
  });

  it('can be taken back by a pattern, which always comes after them', async () => {
    const source = scene({ 'a.vdi': 'x', 'mine.vdi': 'x' });
    const asked = request(source, ['!mine.vdi'], { presets: ['virtual-machines'] });
    expect(await leftOut(asked)).toEqual(['preset virtual-machines 1 1 1']);
  });

  const homes = { linux: '/srv/people/a[b', darwin: '/Users/ann', win32: 'D:\\Home\\ann' } as const;

  it.each(['linux', 'darwin', 'win32'] as const)('have only whole patterns on %s', (platform) => {
    for (const preset of exclusionPresetSchema.options) {
      for (const { pattern } of presetPatterns(preset, platform, homes[platform])) {
        expect({ pattern, problem: patternProblem(pattern, platform) }).toEqual({
          pattern,
          problem: null,
        });
      }
    }
  });

  it.each([
    ['linux', '/srv/people/a[b', '/srv/people/a[b/.cache'],
    ['linux', '/srv/people/a[b', '/home/bob/.cache'],
    ['linux', '/root', '/root/.local/share/Trash'],
    ['linux', '/root', '/mnt/disk/.Trash-1000'],
    ['linux', '/root', '/volume1/photo/#recycle'],
    ['darwin', '/Users/ann', '/Users/ann/Library/Caches'],
    ['win32', 'D:\\Home\\ann', 'D:\\Home\\ann\\AppData\\Local\\Temp'],
    ['win32', 'D:\\Home\\ann', 'C:\\Users\\Bob\\AppData\\Local\\Temp'],
    ['win32', 'D:\\Home\\ann', 'E:\\$Recycle.Bin'],
  ] as const)('know homes and trash on %s with the home %s: %s', (platform, home, path) => {
    expect(reasonOn(platform, home, path)).toMatchObject({ kind: 'preset' });
  });

  it.each([
    ['linux', '/home/ann/photos/.cache'],
    ['linux', '/home/ann/Trash'],
    ['linux', '/home/ann/Documents/Cache'],
    ['linux', '/home/ann/.Trash-of-photos'],
    ['darwin', '/Users/ann/Documents/Caches'],
    ['win32', 'C:\\Users\\ann\\Documents\\Temp'],
  ] as const)(
    'that are on by themselves do not touch a folder of a like name: %s %s',
    (platform, path) => {
      expect(reasonOn(platform, '/nobody', path)).toBeNull();
    },
  );
});

/** By the presets of a new plan, for a folder. */
function reasonOn(platform: NodeJS.Platform, home: string, path: string): ExclusionReason | null {
  const rules = new Exclusions(
    {
      patterns: [],
      options: { ...noExclusionOptions, presets: ['caches', 'trash'] },
      places: [],
      devices: [],
      home,
    },
    platform,
  );
  const end = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  const folder = rules.in(Buffer.from(path.slice(0, end)));
  return folder.reasonForUnreadable(Buffer.from(path.slice(end + 1)));
}
