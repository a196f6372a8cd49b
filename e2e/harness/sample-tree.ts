/** Something to back up: ordinary files and every odd one that a backup must not get wrong. */
import { execFileSync } from 'node:child_process';
import { createCipheriv, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const MIB = 1024 * 1024;

export interface SampleTreeOptions {
  /** Of the one big file, whose content does not compress. Default 8 MiB. */
  readonly bigFileBytes?: number;
  /** More of them, in one folder. Default 20. */
  readonly smallFiles?: number;
}

/** Fills `folder`, which must exist. The content is the same each time. */
export function makeSampleTree(folder: string, options: SampleTreeOptions = {}): void {
  const { bigFileBytes = 8 * MIB, smallFiles = 20 } = options;
  const at = (...parts: string[]): string => join(folder, ...parts);

  writeFileSync(at('letter.txt'), 'Dear reader,\nthis is kept.\n');
  writeFileSync(at('empty'), '');
  mkdirSync(at('photos', '2024', 'summer'), { recursive: true });
  writeFileSync(at('photos', '2024', 'summer', 'beach.jpg'), incompressible(200_000, 1));
  writeFileSync(at('photos', 'same-again.jpg'), incompressible(200_000, 1));
  writeFileSync(at('photos', 'big.raw'), incompressible(bigFileBytes, 2));
  mkdirSync(at('many'));
  for (let number = 0; number < smallFiles; number += 1) {
    writeFileSync(at('many', `note-${String(number).padStart(5, '0')}.txt`), `Note ${number}\n`);
  }

  mkdirSync(at('odd names'));
  const oddNames = [
    'with space',
    'ünïcödé',
    'emoji 📷',
    '-dash',
    '"quoted"',
    'new\nline',
    'back\\',
  ];
  for (const name of oddNames) writeFileSync(at('odd names', name), name);
  // Not text in any encoding that a file system promises.
  writeFileSync(
    Buffer.concat([Buffer.from(at('odd names/')), Buffer.from([0xff, 0xfe, 0x41])]),
    'x',
  );

  mkdirSync(at('links'));
  symlinkSync('../letter.txt', at('links', 'to-letter'));
  symlinkSync('nowhere/at-all', at('links', 'dangling'));
  symlinkSync('../photos', at('links', 'to-folder'));
  writeFileSync(at('links', 'hard-1'), 'one file, two names\n');
  linkSync(at('links', 'hard-1'), at('links', 'hard-2'));

  mkdirSync(at('modes'));
  writeFileSync(at('modes', 'script.sh'), '#!/bin/sh\n');
  chmodSync(at('modes', 'script.sh'), 0o755);
  writeFileSync(at('modes', 'secret'), 'only mine\n');
  chmodSync(at('modes', 'secret'), 0o600);
  mkdirSync(at('modes', 'empty-folder'), { mode: 0o700 });

  // Nanoseconds, a time before 1970, and a link's own time: more than Node can set.
  setTime(at('letter.txt'), '2001-02-03T04:05:06.123456789Z');
  setTime(at('empty'), '1969-07-20T20:17:40.000000001Z');
  setTime(at('links', 'dangling'), '2010-10-10T10:10:10.101010101Z');
  setTime(at('photos', '2024'), '2024-08-01T12:00:00.987654321Z');
}

function setTime(path: string, time: string): void {
  execFileSync('touch', ['--no-dereference', `--date=${time}`, path]);
}

/** A key stream: the same for the same seed, and nothing for a compressor to find. */
function incompressible(sizeBytes: number, seed: number): Buffer {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(sizeBytes));
}

/** 400 MB that do not compress: enough to be still running when something comes between. */
export function addLargeFile(folder: string): void {
  const path = join(folder, 'large.bin');
  writeFileSync(path, '');
  for (let part = 0; part < 16; part += 1) appendFileSync(path, randomBytes(25_000_000));
}
