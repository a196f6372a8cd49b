/** What the app asked of the desktop, in order. Specs may read it: `require('electron').__journal`. */
export interface JournalEntry {
  readonly api: string;
  readonly args: readonly unknown[];
}

export const journal: JournalEntry[] = [];

export function note(api: string, ...args: readonly unknown[]): void {
  journal.push({ api, args });
}
