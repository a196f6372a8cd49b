/** Before a stored key leaves, the system is asked who is there, where it can be: Holdfast is often open while nobody sits at the computer. */
import { HoldfastError } from '../../shared/errors.ts';
import type { DesktopPort } from './handlers/context.ts';

/** Showing and then copying is one thing to a person. */
const VALID_MS = 60_000;

export class PersonCheck {
  readonly #desktop: Pick<DesktopPort, 'authenticate'>;
  readonly #nowMs: () => number;
  #knownUntilMs = Number.NEGATIVE_INFINITY;

  /** `nowMs` only goes forward. */
  constructor(
    desktop: Pick<DesktopPort, 'authenticate'>,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#desktop = desktop;
    this.#nowMs = nowMs;
  }

  /** @throws HoldfastError `secret/not-authenticated` */
  async require(): Promise<void> {
    if (this.#nowMs() < this.#knownUntilMs) return;
    if (!(await this.#desktop.authenticate())) throw new HoldfastError('secret/not-authenticated');
    this.#knownUntilMs = this.#nowMs() + VALID_MS;
  }
}
