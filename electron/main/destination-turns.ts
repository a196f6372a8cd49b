/**
 * What writes or removes a key slot, or decides which one is in use, has a destination for itself: settling a change that was cut off would
 * otherwise take the slot back that a change is just writing.
 */
export class DestinationTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** After all that were asked for before. `work` must not ask for a turn at the same destination. */
  async take<T>(destinationId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(destinationId) ?? Promise.resolve();
    const turn = before.then(work);
    this.#last.set(
      destinationId,
      turn.catch(() => undefined),
    );
    return turn;
  }
}
