/** Our own copy of a key does not stay on the clipboard: it is cleared after 45 seconds, if it is still there. */
interface Clipboard {
  readText(): Promise<string>;
  writeText(text: string): Promise<void>;
  clear(): Promise<void> | void;
}

const CLEAR_AFTER_MS = 45_000;

export class ClipboardGuard {
  readonly #clipboard: Clipboard;
  #copied: string | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(clipboard: Clipboard) {
    this.#clipboard = clipboard;
  }

  async copy(secret: string): Promise<void> {
    this.#cancelTimer();
    await this.#clipboard.writeText(secret);
    this.#copied = secret;
    this.#timer = setTimeout(() => void this.clear().catch(() => undefined), CLEAR_AFTER_MS);
  }

  /** Clears at once what we copied; what somebody else copied since stays. */
  async clear(): Promise<void> {
    this.#cancelTimer();
    const copied = this.#copied;
    if (copied === null) return;
    // Known until it is gone: a clipboard that cannot be read now is looked at again when the app ends.
    if ((await this.#clipboard.readText()) === copied) await this.#clipboard.clear();
    if (this.#copied === copied) this.#copied = null;
  }

  #cancelTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
