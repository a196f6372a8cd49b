/** The files that are backed up. All of them are planned first, so that what a run needs is known before it writes. */
import { closeSync, futimesSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fill, Random, type Kind } from './content.ts';

export type DataSetName = 'mixed' | 'small' | 'large' | 'million';

interface PlannedFile {
  readonly path: string;
  readonly bytes: number;
  /** Files of more than one piece take the kinds in turn. */
  readonly kinds: readonly [Kind, ...Kind[]];
  /** Files with the same seed are duplicates. */
  readonly seed: string;
}

export interface DataSet {
  readonly name: DataSetName;
  readonly title: string;
  readonly files: readonly PlannedFile[];
  readonly bytes: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const BLOCK = 4096;
const PIECE = 16 * MIB;
const OLDEST_MTIME_S = 1_600_000_000;
const FILES_BETWEEN_YIELDS = 256;

/** `scale` 1 is the real size; the quick form of a bench has 0.1. */
export function planDataSet(name: DataSetName, scale: number): DataSet {
  const files = plans[name](scale);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { name, title: titleOf(name, files.length, bytes), files, bytes };
}

function titleOf(name: DataSetName, files: number, bytes: number): string {
  const count = files.toLocaleString('en');
  const size = bytes < 4096 * MIB ? `${Math.round(bytes / MIB)} MiB` : `${bytes / 1024 / MIB} GiB`;
  if (name === 'mixed') return `Mixed, ${size} in ${count} files`;
  if (name === 'small') return `${count} small files, ${size}`;
  if (name === 'large') return `One file of ${size}`;
  return `${count} empty and tiny files`;
}

const plans: Readonly<Record<DataSetName, (scale: number) => PlannedFile[]>> = {
  mixed: planMixed,
  small: planSmall,
  large: (scale) => [
    {
      path: 'machine.img',
      bytes: Math.round(4096 * scale) * MIB,
      kinds: ['prose', 'noise', 'records', 'noise'],
      seed: 'large',
    },
  ],
  million: planMillion,
};

/** What lies on a personal computer: many documents, some data, and most bytes in photos and videos. */
function planMixed(scale: number): PlannedFile[] {
  const random = new Random('mixed');
  const files: PlannedFile[] = [];
  const add = (
    folder: string,
    extension: string,
    kind: Kind,
    budget: number,
    sizes: readonly [number, number],
  ): void => {
    let left = Math.round(budget * MIB * scale);
    while (left > 0) {
      const bytes = Math.min(left, random.logUniform(...sizes));
      left -= bytes;
      const seed = `mixed ${files.length}`;
      const path = `${nestedFolder(random, folder)}/${extension} ${files.length}.${extension}`;
      files.push({ path, bytes, kinds: [kind], seed });
    }
  };
  // The largest files shrink with the scale, or a quick run would consist of two videos.
  const most = (mib: number): number => Math.max(mib * scale, 0.25) * MIB;
  add('documents', 'txt', 'prose', 90, [512, 512 * KIB]);
  add('documents', 'csv', 'table', 80, [KIB, most(8)]);
  add('projects', 'json', 'log', 80, [256, 256 * KIB]);
  add('projects', 'bin', 'records', 150, [20 * KIB, most(20)]);
  add('photos', 'jpg', 'noise', 374, [100 * KIB, most(8)]);
  add('videos', 'mp4', 'noise', 200, [100 * KIB, most(50)]);
  let duplicates = Math.round(50 * MIB * scale);
  while (duplicates > 0) {
    const original = files[random.below(files.length)];
    if (original === undefined || original.bytes > duplicates * 2) continue;
    duplicates -= original.bytes;
    files.push({ ...original, path: `old computer/${files.length}/${original.path}` });
  }
  return files;
}

function nestedFolder(random: Random, top: string): string {
  const depth = 1 + random.below(4);
  return [top, ...Array.from({ length: depth }, () => `folder ${random.below(6)}`)].join('/');
}

function planSmall(scale: number): PlannedFile[] {
  const random = new Random('small');
  const folders = Math.round(2000 * scale);
  const kinds = ['prose', 'table', 'log', 'prose', 'noise'] as const;
  return Array.from({ length: Math.round(200_000 * scale) }, (_, index) => ({
    path: `${folderOf(index, folders)}/${index}.txt`,
    // More small ones than large ones.
    bytes: Math.round(16 * KIB * random.next() ** 2),
    kinds: [kinds[random.below(kinds.length)] ?? 'prose'],
    seed: `small ${index}`,
  }));
}

function planMillion(scale: number): PlannedFile[] {
  const random = new Random('million');
  const folders = Math.round(5000 * scale);
  return Array.from({ length: Math.round(1_000_000 * scale) }, (_, index) => ({
    path: `${folderOf(index, folders)}/${index}`,
    bytes: index % 2 === 0 ? 0 : 1 + random.below(100),
    kinds: ['prose'],
    seed: `million ${index}`,
  }));
}

function folderOf(index: number, folders: number): string {
  const folder = index % folders;
  return `${folder % 20}/${folder}`;
}

/** What the files take on the disk. */
export function diskBytes({ files }: DataSet): number {
  return files.reduce((sum, { bytes }) => sum + Math.ceil(bytes / BLOCK) * BLOCK, 0);
}

export async function writeDataSet(root: string, { files }: DataSet): Promise<void> {
  const folders = new Set<string>();
  for (const [index, file] of files.entries()) {
    const path = join(root, file.path);
    const folder = dirname(path);
    if (!folders.has(folder)) {
      mkdirSync(folder, { recursive: true });
      folders.add(folder);
    }
    await writeFile(path, file, OLDEST_MTIME_S + index);
    if (index % FILES_BETWEEN_YIELDS === 0) await setImmediate();
  }
}

/**
 * One file in a hundred gets other content of the same kind and size; of a single file one byte in a hundred, in stretches of 1 MiB
 * all over it. Which files is the same each time, what they get is not.
 */
export async function changeDataSet(
  root: string,
  { files }: DataSet,
  generation: number,
): Promise<void> {
  const only = files[0];
  if (files.length === 1 && only !== undefined) {
    await changeStretches(join(root, only.path), only, generation);
    return;
  }
  // In the order of sizes, so that a hundredth of the files has about a hundredth of the bytes.
  const bySize = files.toSorted((a, b) => a.bytes - b.bytes);
  for (let index = 50; index < bySize.length; index += 100) {
    const file = bySize[index];
    if (file === undefined) continue;
    const changed = { ...file, seed: `${file.seed} changed ${generation}` };
    await writeFile(join(root, file.path), changed, Date.now() / 1000);
    if (index % FILES_BETWEEN_YIELDS === 0) await setImmediate();
  }
}

async function writeFile(path: string, file: PlannedFile, mtimeSeconds: number): Promise<void> {
  const descriptor = openSync(path, 'w');
  try {
    for (let at = 0; at < file.bytes; at += PIECE) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE, file.bytes - at));
      const number = at / PIECE;
      fill(piece, file.kinds[number % file.kinds.length] ?? 'noise', `${file.seed} ${number}`);
      writeSync(descriptor, piece);
      // An interrupt is noticed between two pieces.
      if (piece.length === PIECE) await setImmediate();
    }
    futimesSync(descriptor, mtimeSeconds, mtimeSeconds);
  } finally {
    closeSync(descriptor);
  }
}

async function changeStretches(path: string, file: PlannedFile, generation: number): Promise<void> {
  const count = Math.max(1, Math.round(file.bytes / 100 / MIB));
  const stretch = Buffer.allocUnsafe(Math.min(MIB, file.bytes));
  const descriptor = openSync(path, 'r+');
  try {
    for (let index = 0; index < count; index += 1) {
      const at = Math.floor((file.bytes / count) * index);
      const kind = file.kinds[Math.floor(at / PIECE) % file.kinds.length] ?? 'noise';
      fill(stretch, kind, `${file.seed} changed ${generation} ${index}`);
      writeSync(descriptor, stretch, 0, stretch.length, at);
    }
    ftruncateSync(descriptor, file.bytes);
  } finally {
    closeSync(descriptor);
  }
  await setImmediate();
}
