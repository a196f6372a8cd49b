/** What the app asked of the desktop, in order. The host's own specs read it as `hostJournal` of the electron module. */
export interface JournalEntry {
  readonly api: string;
  readonly args: readonly unknown[];
}

export const journal: JournalEntry[] = [];

export function note(api: string, ...args: readonly unknown[]): void {
  journal.push({ api, args });
}
