/** Adds up what a preview finds left out, by reason. */
import type { ExclusionGroup, ExclusionReason } from '../../../shared/model/exclusions.ts';

interface Figures {
  readonly reason: ExclusionReason;
  entries: number;
  files: number;
  bytes: number;
}

export class ExcludedTally {
  readonly #groups = new Map<string, Figures>();

  /** A file or folder that is left out by itself. */
  entry(reason: ExclusionReason): void {
    this.#figures(reason).entries += 1;
  }

  /** A file that is left out, by itself or with its folder. */
  file(reason: ExclusionReason, bytes: number): void {
    const figures = this.#figures(reason);
    figures.files += 1;
    figures.bytes += bytes;
  }

  /** As they are now, the largest first. */
  groups(): ExclusionGroup[] {
    return [...this.#groups.values()]
      .map((figures) => ({ ...figures }))
      .sort((a, b) => b.bytes - a.bytes || b.files - a.files || b.entries - a.entries);
  }

  #figures(reason: ExclusionReason): Figures {
    const key = JSON.stringify(reason);
    let figures = this.#groups.get(key);
    if (figures === undefined) {
      figures = { reason, entries: 0, files: 0, bytes: 0 };
      this.#groups.set(key, figures);
    }
    return figures;
  }
}
