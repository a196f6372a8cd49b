// `npm run wasm`: compiles the AssemblyScript of the chunker and embeds the result, so that bundle, tests and package need no file beside them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';
import { projectRoot } from './setup.mjs';

const chunker = join('electron', 'engine', 'chunker');
export const EMBEDDED_PATH = join(projectRoot, chunker, 'rabin-scan-wasm.ts');

/** The module that the sources make now, as the text of the file that embeds it. */
export async function embeddedModule(): Promise<string> {
  let wasm: Uint8Array | null = null;
  const { error } = await asc.main(
    [
      join(chunker, 'assembly', 'rabin-scan.ts'),
      '--outFile',
      'rabin-scan.wasm',
      '--runtime',
      'stub',
      '--importMemory',
      '--noAssert',
      '-O3',
    ],
    {
      writeFile: (name, contents) => {
        if (name.endsWith('.wasm')) wasm = contents as Uint8Array;
      },
    },
  );
  if (error !== null) throw new Error('the AssemblyScript does not compile', { cause: error });
  if (wasm === null) throw new Error('nothing was compiled');
  const lines =
    Buffer.from(wasm)
      .toString('base64')
      .match(/.{1,100}/gu) ?? [];
  return (
    '// Made by `npm run wasm` from assembly/rabin-scan.ts.\n' +
    `export const RABIN_SCAN_WASM =\n${lines.map((line) => `  '${line}'`).join(' +\n')};\n`
  );
}

if (process.argv[1] === import.meta.filename) writeFileSync(EMBEDDED_PATH, await embeddedModule());
