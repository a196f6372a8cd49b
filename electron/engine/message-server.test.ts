import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EngineReplyMessage, EngineRequestMessage } from '../../shared/ipc/engine-contract.ts';
import { serveEngine } from './message-server.ts';
import { randomBytesFor } from './testing/file-tree.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

/** Both ends of a port: everything is cloned, as on its way between processes. */
class TestPort {
  readonly received: EngineReplyMessage[] = [];
  #listener: ((event: { readonly data: unknown }) => void) | null = null;
  #waiting: (() => void)[] = [];

  postMessage(message: EngineReplyMessage): void {
    this.received.push(structuredClone(message));
    for (const wake of this.#waiting.splice(0)) wake();
  }
  on(_event: 'message', listener: (event: { readonly data: unknown }) => void): void {
    this.#listener = listener;
  }
  send(message: EngineRequestMessage): void {
    this.sendAnything(message);
  }
  sendAnything(data: unknown): void {
    this.#listener?.({ data: structuredClone(data) });
  }
  /** The first message for which `wanted` is true, now or later. */
  async until(wanted: (message: EngineReplyMessage) => boolean): Promise<EngineReplyMessage> {
    for (;;) {
      const found = this.received.find(wanted);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
  async call(id: number, name: string, params: unknown): Promise<EngineReplyMessage> {
    this.send({ type: 'call', id, name, params });
    return this.answer(id);
  }
  answer(id: number): Promise<EngineReplyMessage> {
    return this.until((message) => 'id' in message && message.id === id);
  }
}

function served(): TestPort {
  const port = new TestPort();
  serveEngine(port, '1.2.3');
  return port;
}

describe('the message server', () => {
  it('says that it is ready, once', () => {
    expect(served().received).toEqual([{ type: 'ready' }]);
  });

  it('answers calls, and refuses what it does not know or what has a wrong form', async () => {
    const port = served();
    const folder = temporaryFolder();
    const location = { kind: 'local', path: folder };
    expect(await port.call(1, 'repository:inspect', { location, credentials: null })).toMatchObject(
      {
        type: 'result',
        value: { state: 'empty' },
      },
    );
    const refused = { type: 'error', error: { code: 'ipc/invalid-request' } };
    expect(await port.call(2, 'repository:destroy', {})).toMatchObject(refused);
    expect(await port.call(3, 'toString', {})).toMatchObject(refused);
    const wrong = await port.call(4, 'repository:unlock', {
      location,
      credentials: null,
      secret: { text: 'hunter2' },
    });
    expect(wrong).toMatchObject({ ...refused, error: { context: { where: 'secret' } } });
    expect(JSON.stringify(port.received)).not.toContain('hunter2');
  });

  it('survives messages that are none', async () => {
    const port = served();
    for (const junk of [
      null,
      'x',
      7,
      [],
      {},
      { type: 'call' },
      { type: 'subscribe', event: 'none' },
    ]) {
      port.sendAnything(junk);
    }
    port.send({ type: 'cancel', id: 99 });
    expect(await port.call(1, 'job:pause', { jobId: 'none' })).toMatchObject({
      type: 'error',
      error: { code: 'job/not-running' },
    });
  });

  it('sends events to subscribers only, and cancels a call by its number', async () => {
    const port = served();
    const folder = temporaryFolder();
    const source = join(folder, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'big'), randomBytesFor('host', 60_000_000));
    const location = { kind: 'local', path: join(folder, 'repo') };
    const made = await port.call(1, 'repository:create', {
      location,
      credentials: null,
      secret: 'ab'.repeat(32),
      secretKind: 'key',
    });
    const { keyId, slotKey } = (made.type === 'result' ? made.value : {}) as {
      keyId: string;
      slotKey: Uint8Array;
    };
    const run = (jobId: string) => ({
      jobId,
      access: { location, credentials: null, keyId, slotKey },
      sources: [source],
      excludes: [],
      cloudFiles: 'skip',
      excludedPaths: [],
    });
    port.send({ type: 'subscribe', event: 'job:progress' });
    port.send({ type: 'subscribe', event: 'job:progress' });
    port.send({ type: 'call', id: 2, name: 'backup:run', params: run('one') });
    await port.until((message) => message.type === 'event');
    port.send({ type: 'cancel', id: 2 });
    expect(await port.answer(2)).toMatchObject({ type: 'error', error: { code: 'job/cancelled' } });
    expect(readdirSync(join(location.path, 'locks'))).toEqual([]);

    port.send({ type: 'unsubscribe', event: 'job:progress' });
    const before = port.received.filter((message) => message.type === 'event').length;
    expect(await port.call(3, 'backup:run', run('two'))).toMatchObject({ type: 'result' });
    expect(port.received.filter((message) => message.type === 'event')).toHaveLength(before);
  });
});
