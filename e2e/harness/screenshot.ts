/** Numbered screenshots of a walk through the window. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';

export class Screenshots {
  readonly #folder: string;
  #count = 0;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** `03-restore.png`, as the page looks now. Returns the path. */
  async take(page: Page, name: string): Promise<string> {
    this.#count += 1;
    return this.#write(page, this.#path(name));
  }

  /** `03-restore-light.png` and `03-restore-dark.png`; the page then goes back to what the app says. */
  async takeLightAndDark(page: Page, name: string): Promise<string[]> {
    this.#count += 1;
    const paths: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      paths.push(await this.#write(page, this.#path(`${name}-${colorScheme}`)));
    }
    await page.emulateMedia({ colorScheme: null });
    return paths;
  }

  #path(name: string): string {
    return join(this.#folder, `${String(this.#count).padStart(2, '0')}-${name}.png`);
  }

  async #write(page: Page, path: string): Promise<string> {
    await page.screenshot({ path, animations: 'disabled' });
    return path;
  }
}
