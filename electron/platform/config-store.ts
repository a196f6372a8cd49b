/**
 * The settings file: versioned, checked on reading, written atomically. An unreadable file is kept beside the new one; a newer one is
 * never touched. It holds no secret.
 */
import { rename } from 'node:fs/promises';
import { HoldfastError, type ErrorCode } from '../../shared/errors.ts';
import {
  NO_LIMITS,
  SETTINGS_VERSION,
  settingsSchema,
  type Settings,
} from '../../shared/model/settings.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';

const freshSettings: Settings = {
  version: SETTINGS_VERSION,
  theme: 'system',
  language: 'system',
  destinations: [],
  plans: [],
  exports: [],
  bandwidth: NO_LIMITS,
};

export class ConfigStore {
  readonly #path: string;
  #settings: Settings;
  #isWritable: boolean;
  #lastWrite: Promise<void> = Promise.resolve();
  /** What the person should be told about the file, once. */
  readonly notice: ErrorCode | null;

  private constructor(path: string, settings: Settings, notice: ErrorCode | null) {
    this.#path = path;
    this.#settings = settings;
    this.notice = notice;
    this.#isWritable = notice !== 'settings/newer-version';
  }

  static async open(path: string): Promise<ConfigStore> {
    let stored: unknown;
    try {
      stored = await readJsonFile(path);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      stored = undefined;
    }
    if (stored === null) return new ConfigStore(path, freshSettings, null);
    if (versionOf(stored) > SETTINGS_VERSION) {
      return new ConfigStore(path, freshSettings, 'settings/newer-version');
    }
    const parsed = settingsSchema.safeParse(stored);
    if (parsed.success) return new ConfigStore(path, parsed.data, null);
    await rename(path, `${path}.unreadable-${String(Date.now())}`);
    return new ConfigStore(path, freshSettings, 'settings/unreadable');
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Resolves when the file is written. Throws `settings/newer-version` when it belongs to a newer Holdfast. */
  async update(change: (settings: Settings) => Settings): Promise<Settings> {
    if (!this.#isWritable) throw new HoldfastError('settings/newer-version');
    const before = this.#settings;
    const next = settingsSchema.parse(change(before));
    this.#settings = next;
    // One after the other, each whole: the last one to be written is the newest.
    const write = this.#lastWrite
      .catch(() => undefined)
      .then(() => writeJsonFile(this.#path, this.#settings));
    this.#lastWrite = write;
    try {
      await write;
    } catch (error) {
      // What is shown is what is on the disk, unless somebody has changed it further meanwhile.
      if (this.#settings === next) this.#settings = before;
      throw error;
    }
    return next;
  }
}

function versionOf(stored: unknown): number {
  if (typeof stored !== 'object' || stored === null || !('version' in stored)) return 0;
  return typeof stored.version === 'number' ? stored.version : 0;
}
