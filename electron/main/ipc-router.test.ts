import type { IpcMainInvokeEvent } from 'electron';
import { describe, expect, it, vi } from 'vitest';
import { requestNames } from '../../shared/ipc/channel-names.ts';
import { requests } from '../../shared/ipc/contract.ts';
import type { Envelope } from '../../shared/ipc/envelope.ts';
import { routeRequests, type Handlers } from './ipc-router.ts';

type Listener = (event: IpcMainInvokeEvent, params: unknown) => Promise<Envelope<unknown>>;

function route() {
  const listeners = new Map<string, Listener>();
  const called = vi.fn(() => 'answer');
  const handlers = Object.fromEntries(
    requestNames.map((name) => [name, called]),
  ) as unknown as Handlers;
  const port = { handle: (name: string, listener: Listener) => void listeners.set(name, listener) };
  const onError = vi.fn();
  routeRequests(port, handlers, { origin: 'app://bundle', onError });
  const ask = (
    name: string,
    params: unknown,
    frame: unknown = { url: 'app://bundle/index.html', parent: null },
  ) => listeners.get(name)?.({ senderFrame: frame } as IpcMainInvokeEvent, params);
  return { ask, called, listeners, onError };
}

const malformed = [
  undefined,
  null,
  'text',
  5,
  [],
  { unknown: { deep: true }, grant: 7, jobId: {}, path: 3 },
];
/** Requests without parameters take any object. */
const withoutParameters = new Set<string>(
  requestNames.filter((name) => requests[name].params.safeParse({}).success),
);

describe('routeRequests', () => {
  it('answers every request of the contract and no other', () => {
    expect([...route().listeners.keys()].toSorted()).toEqual([...requestNames].toSorted());
  });

  it.each(requestNames)('%s refuses malformed input without calling its handler', async (name) => {
    const { ask, called } = route();
    for (const params of malformed) {
      const isObject = typeof params === 'object' && params !== null && !Array.isArray(params);
      if (isObject && withoutParameters.has(name)) continue;
      expect(await ask(name, params)).toMatchObject({
        ok: false,
        error: { code: 'ipc/invalid-request' },
      });
    }
    expect(called).not.toHaveBeenCalled();
  });

  it.each(requestNames)('%s refuses a foreign sender', async (name) => {
    const { ask, called } = route();
    const page = { url: 'app://bundle/index.html', parent: null };
    const frames = [
      null,
      { url: 'https://example.com/', parent: null },
      { url: 'app://bundle.example.com/', parent: null },
      { url: 'app://other/index.html', parent: null },
      { url: 'about:blank', parent: null },
      { ...page, parent: page },
    ];
    for (const frame of frames) {
      expect(await ask(name, {}, frame)).toMatchObject({
        ok: false,
        error: { code: 'ipc/foreign-sender' },
      });
    }
    expect(called).not.toHaveBeenCalled();
  });

  it('never repeats a value in its refusal', async () => {
    const { ask } = route();
    const secret = 'correct horse battery staple';
    const reply = await ask('destinations:attach', { grant: 5, secret });
    expect(JSON.stringify(reply)).not.toContain(secret);
  });

  it('makes an envelope of what a handler throws', async () => {
    const { ask, called, onError } = route();
    called.mockImplementationOnce(() => {
      throw new TypeError('bad');
    });
    expect(await ask('app:state', {})).toEqual({
      ok: false,
      error: {
        code: 'internal/unexpected',
        context: {},
        retry: 'later',
        causes: ['TypeError: bad'],
      },
    });
    expect(onError).toHaveBeenCalledOnce();
    expect(await ask('app:state', {})).toEqual({ ok: true, value: 'answer' });
  });
});
