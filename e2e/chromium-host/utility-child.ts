/** The entry of a utility process: gives it `process.parentPort`, keeps `electron` from it, and runs the app's module. */
import { EventEmitter } from 'node:events';
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const modulePath = process.argv[2] ?? '';
// As in Electron, the module sees itself as the program.
process.argv.splice(1, 2, modulePath);

/** Keeps the process alive only while somebody listens. */
class ParentPort extends EventEmitter {
  constructor() {
    super();
    process.channel?.unref();
    this.on('newListener', (name) => {
      if (name !== 'message' || this.listenerCount('message') > 0) return;
      process.on('message', this.#receive);
      process.channel?.ref();
    });
    this.on('removeListener', (name) => {
      if (name !== 'message' || this.listenerCount('message') > 0) return;
      process.off('message', this.#receive);
      process.channel?.unref();
    });
  }

  postMessage(message: unknown): void {
    process.send?.(structuredClone(message));
  }

  readonly #receive = (envelope: { readonly message: unknown }): void => {
    this.emit('message', { data: envelope.message, ports: [] });
  };
}

process.on('disconnect', () => process.exit(0));
Object.defineProperties(process, {
  parentPort: { value: new ParentPort(), enumerable: true },
  type: { value: 'utility', enumerable: true },
});
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'electron' || specifier.startsWith('electron/')) {
      throw new Error('Chromium host: a utility process has no electron module here');
    }
    return next(specifier, context);
  },
});
await import(pathToFileURL(modulePath).href);
