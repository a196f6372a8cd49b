/**
 * The half of `contextBridge` that runs in the page's own world. It knows nothing of Electron: it receives descriptions of an API in
 * synchronous events on `window` (Blink clones their detail between worlds) and builds frozen functions from them.
 */

/** How a value crosses between the worlds: functions and promises become numbers. */
export type Description =
  | { readonly kind: 'value'; readonly value?: unknown }
  | { readonly kind: 'array'; readonly items: readonly Description[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, Description])[] }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'function'; readonly id: number }
  | { readonly kind: 'promise'; readonly id: number };

type Outcome = { readonly value: Description } | { readonly error: string };

export interface BridgeSide {
  describe(value: unknown): Description;
  revive(description: Description, freeze: boolean): unknown;
}

/**
 * One side of the bridge; both worlds run the same. `own` and `other` are the prefixes of the events that this and the other side
 * dispatch. Self-contained, because its source text is sent to the page.
 */
export function makeBridgeSide(own: string, other: string): BridgeSide {
  type Callable = (...args: unknown[]) => unknown;
  interface Call {
    readonly id: number;
    readonly args: readonly Description[];
  }
  interface Settlement {
    readonly id: number;
    readonly outcome: Outcome;
  }
  const functions: Callable[] = [];
  const promises = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let promiseCount = 0;
  let answer: Outcome | null = null;

  const dispatch = (name: string, detail: unknown): void => {
    window.dispatchEvent(new CustomEvent(`${own}:${name}`, { detail }));
  };
  const listen = (name: string, listener: (detail: never) => void): void => {
    window.addEventListener(`${other}:${name}`, (event) => {
      listener((event as CustomEvent).detail as never);
    });
  };
  const messageOf = (error: unknown): string =>
    error instanceof Error ? error.message : String(error);

  const describe = (value: unknown): Description => {
    if (typeof value === 'function')
      return { kind: 'function', id: functions.push(value as Callable) - 1 };
    if (value instanceof Promise) return { kind: 'promise', id: follow(value) };
    if (Array.isArray(value)) return { kind: 'array', items: value.map(describe) };
    if (value instanceof Error) return { kind: 'error', message: value.message };
    if (typeof value === 'object' && value !== null) {
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype === Object.prototype || prototype === null) {
        return {
          kind: 'object',
          entries: Object.entries(value).map(([key, item]) => [key, describe(item)]),
        };
      }
    }
    try {
      return { kind: 'value', value: structuredClone(value) };
    } catch {
      throw new Error('An object could not be cloned.');
    }
  };

  const follow = (promise: Promise<unknown>): number => {
    promiseCount += 1;
    const id = promiseCount;
    promise
      .then((value): Outcome => ({ value: describe(value) }))
      .catch((error: unknown): Outcome => ({ error: messageOf(error) }))
      .then((outcome) => dispatch('settled', { id, outcome } satisfies Settlement))
      .catch(() => undefined);
    return id;
  };

  const revive = (description: Description, freeze: boolean): unknown => {
    const finish = <Made extends object>(made: Made): Made => (freeze ? Object.freeze(made) : made);
    switch (description.kind) {
      case 'value':
        return description.value;
      case 'array':
        return finish(description.items.map((item) => revive(item, freeze)));
      case 'object':
        return finish(
          Object.fromEntries(description.entries.map(([key, item]) => [key, revive(item, freeze)])),
        );
      case 'error':
        return new Error(description.message);
      case 'promise':
        return new Promise((resolve, reject) => promises.set(description.id, { resolve, reject }));
      case 'function':
        return finish((...args: unknown[]) => call(description.id, args));
      default:
        throw new Error('contextBridge: unknown description');
    }
  };

  const call = (id: number, args: readonly unknown[]): unknown => {
    answer = null;
    // Events are synchronous, so the answer is there when this returns.
    dispatch('call', { id, args: args.map(describe) });
    const outcome = answer as Outcome | null;
    if (outcome === null) throw new Error('contextBridge: no answer');
    if ('error' in outcome) throw new Error(outcome.error);
    return revive(outcome.value, false);
  };

  listen('call', ({ id, args }: Call) => {
    let outcome: Outcome;
    try {
      outcome = { value: describe(functions[id]?.(...args.map((arg) => revive(arg, false)))) };
    } catch (error) {
      outcome = { error: messageOf(error) };
    }
    dispatch('answer', outcome);
  });
  listen('answer', (outcome: Outcome) => {
    answer = outcome;
  });
  listen('settled', ({ id, outcome }: Settlement) => {
    const promise = promises.get(id);
    promises.delete(id);
    if ('error' in outcome) promise?.reject(new Error(outcome.error));
    else promise?.resolve(revive(outcome.value, false));
  });
  return { describe, revive };
}

/** Runs in the page's world before its own scripts. `nonce` keeps the page from guessing the events. */
export function runMainWorld(nonce: string, makeSide: typeof makeBridgeSide): void {
  if (window !== window.top) return;
  const side = makeSide(`${nonce}-page`, `${nonce}-preload`);
  window.addEventListener(`${nonce}-expose`, (event) => {
    const { key, api } = (event as CustomEvent<{ key: string; api: Description }>).detail;
    let error: string | null = null;
    if (Object.hasOwn(window, key)) {
      error = 'Cannot bind an API on top of an existing property on the window object';
    } else {
      Object.defineProperty(window, key, {
        value: side.revive(api, true),
        enumerable: true,
        configurable: false,
        writable: false,
      });
    }
    window.dispatchEvent(new CustomEvent(`${nonce}-exposed`, { detail: error }));
  });
}
