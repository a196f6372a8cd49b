/** The host provides what the app uses. Whatever else is asked for ends in a sentence that says so, never in a silent `undefined`. */
import { EventEmitter } from 'node:events';

/** Names that JavaScript itself looks up on any object. */
const askedByTheLanguage = new Set([
  'then',
  'toJSON',
  'constructor',
  'prototype',
  '__esModule',
  'default',
]);

export function notProvided(what: string): never {
  throw new Error(`Chromium host: ${what} is not provided; run on real Electron`);
}

/** `target`, but reading a member that it lacks throws. `name` is how the app knows it. */
export function guarded<Target extends object>(name: string, target: Target): Target {
  return new Proxy(target, {
    get(object, key, receiver): unknown {
      if (typeof key === 'string' && !(key in object) && !askedByTheLanguage.has(key)) {
        return notProvided(`${name}.${key}`);
      }
      return Reflect.get(object, key, receiver);
    },
  });
}

/** The same for every instance of a class that extends EventEmitter. A proxy around an instance would cut it off from its private fields. */
export function guardInstances(name: string, emitterClass: { readonly prototype: object }): void {
  const guard = new Proxy(EventEmitter.prototype, {
    get(object, key, receiver): unknown {
      if (typeof key === 'string' && !(key in object) && !askedByTheLanguage.has(key)) {
        return notProvided(`${name}.${key}`);
      }
      return Reflect.get(object, key, receiver);
    },
    // So that `instanceof EventEmitter` stays true.
    getPrototypeOf: () => EventEmitter.prototype,
  });
  Object.setPrototypeOf(emitterClass.prototype, guard);
}
