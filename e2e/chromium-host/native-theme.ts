/** `nativeTheme`: what pages see as `prefers-color-scheme`. The system's own scheme is light here, since headless there is no system. */
import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
import { cancelableEvent } from './cancelable-event.ts';
import { guardInstances } from './guard.ts';

type Provided = Pick<Electron.NativeTheme, 'themeSource' | 'shouldUseDarkColors'>;

class NativeTheme extends EventEmitter implements Provided {
  #source: Electron.NativeTheme['themeSource'] = 'system';

  get themeSource(): Electron.NativeTheme['themeSource'] {
    return this.#source;
  }
  set themeSource(source) {
    this.#source = source;
    this.emit('updated', cancelableEvent());
  }
  get shouldUseDarkColors(): boolean {
    return this.#source === 'dark';
  }
}
guardInstances('nativeTheme', NativeTheme);

export const nativeTheme = new NativeTheme();

/** Parameters of `Emulation.setEmulatedMedia`. */
export function emulatedMedia(): { features: { name: string; value: string }[] } {
  const scheme = nativeTheme.themeSource;
  if (scheme === 'system') return { features: [] };
  return { features: [{ name: 'prefers-color-scheme', value: scheme }] };
}
