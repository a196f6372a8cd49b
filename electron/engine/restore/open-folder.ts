/** A folder that is being filled. It gets its metadata when nothing is to come into it any more, since every entry made in it moves its time. */
export class OpenFolder {
  readonly path: Buffer;
  /** Made by this run: nothing is in it that has not come from here. */
  readonly isNew: boolean;
  readonly #parent: OpenFolder | null;
  readonly #dress: (() => void) | null;
  readonly #all: Set<OpenFolder>;
  /** What may still make entries in it, or needs it to be open. */
  #holds = 1;

  /** `all`: where it is as long as it is open. `dress`: null when it keeps the metadata that it has. */
  constructor(
    {
      path,
      isNew,
      dress,
    }: Pick<OpenFolder, 'path' | 'isNew'> & { readonly dress: (() => void) | null },
    parent: OpenFolder | null,
    all: Set<OpenFolder>,
  ) {
    this.path = path;
    this.isNew = isNew;
    this.#dress = dress;
    this.#parent = parent;
    this.#all = all;
    parent?.hold();
    all.add(this);
  }

  hold(): void {
    this.#holds += 1;
  }

  release(): void {
    if (this.#isLastRelease()) this.close();
  }

  /** Also on the way out of a run that was cut off; then the deepest come first. */
  close(): void {
    if (!this.#closeItself()) return;
    // Not by calls in each other: folders may lie deeper than those may.
    for (let above = this.#parent; above !== null; above = above.#parent) {
      if (!above.#isLastRelease() || !above.#closeItself()) return;
    }
  }

  /** False when it is closed already. */
  #closeItself(): boolean {
    if (!this.#all.delete(this)) return false;
    this.#dress?.();
    return true;
  }

  #isLastRelease(): boolean {
    this.#holds -= 1;
    return this.#holds === 0;
  }
}
