/** The texts of the scripts that Chromium runs before a page's own, made from the functions' source. */
import { makeCodec } from './codec.ts';
import { makeBridgeSide, runMainWorld } from './page-main-world.ts';
import { BINDING, RECEIVER, runPreloadWorld, type PreloadWorld } from './page-preload-world.ts';

/** Node has blanked out the types when it loaded the module, so this is JavaScript. */
const sourceOf = (part: (...args: never[]) => unknown): string => `(${part.toString()})`;

export function mainWorldScript(nonce: string): string {
  return `${sourceOf(runMainWorld)}(${JSON.stringify(nonce)}, ${sourceOf(makeBridgeSide)})`;
}

export function preloadWorldScript(nonce: string, preloadSource: string): string {
  const world: PreloadWorld = {
    nonce,
    binding: BINDING,
    receiver: RECEIVER,
    process: {
      platform: process.platform,
      arch: process.arch,
      type: 'renderer',
      sandboxed: true,
      contextIsolated: true,
      versions: process.versions,
      env: {},
      argv: [],
    },
  };
  const preload = `function (require, process, exports, module) {${preloadSource}\n}`;
  const parts = [JSON.stringify(world), preload, sourceOf(makeCodec), sourceOf(makeBridgeSide)];
  return `${sourceOf(runPreloadWorld)}(${parts.join(', ')})`;
}
