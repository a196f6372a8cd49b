/** Whatever a page complains of: errors on its console (violations of the content security policy are among them) and exceptions that nobody caught. */
import type { ElectronApplication } from '@playwright/test';

export class PageErrors {
  readonly #seen: string[] = [];
  readonly #allowed: RegExp[] = [];

  watch(app: ElectronApplication): void {
    const context = app.context();
    context.on('console', (message) => {
      if (message.type() === 'error') this.#seen.push(message.text());
    });
    context.on('weberror', (error) => this.#seen.push(error.error().message));
  }

  /** For specs that provoke an error. */
  allow(pattern: RegExp): void {
    this.#allowed.push(pattern);
  }

  unexpected(): string[] {
    return this.#seen.filter((text) => !this.#allowed.some((pattern) => pattern.test(text)));
  }

  all(): readonly string[] {
    return this.#seen;
  }
}
