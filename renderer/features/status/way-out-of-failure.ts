/** Which of the things that Status can do helps after a run that failed. */
export type WayOutOfFailure = 'again' | 'check' | 'settings';

const ways: Readonly<Record<string, WayOutOfFailure>> = {
  'backend/not-found': 'check',
  'repo/damaged': 'check',
  'repo/blob-missing': 'check',
  'prune/backup-not-whole': 'check',
  'crypto/not-authentic': 'check',
  'format/invalid': 'check',
  'format/too-large': 'check',
  'backup/nothing-to-back-up': 'settings',
  'backup/source-is-destination': 'settings',
};

export function wayOutOf(code: string): WayOutOfFailure {
  return ways[code] ?? 'again';
}
