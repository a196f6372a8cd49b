/**
 * Ids for what is to be created, asked for beforehand. Each process has its own, in memory only: an id that two of them could take would let one
 * find, and mistake for its own, what the other has made.
 */
import { HoldfastError } from '../../../../shared/errors.ts';
import type { DriveClient } from './drive-client.ts';

const IDS_AT_ONCE = 200;

export class DriveIds {
  readonly #client: DriveClient;
  #ids: string[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(client: DriveClient) {
    this.#client = client;
  }

  async next(signal: AbortSignal | undefined): Promise<string> {
    const turn = this.#turn.then(async () => {
      if (this.#ids.length === 0) this.#ids = await this.#client.newIds(IDS_AT_ONCE, signal);
      const id = this.#ids.pop();
      if (id === undefined) throw new HoldfastError('backend/unavailable', { retry: 'later' });
      return id;
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
