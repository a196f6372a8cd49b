/** Which password managers there are, and how each takes an entry: encrypted forms first, then its own program, then plain files. */
import {
  encryptedForms,
  type ExportForm,
  type ManagerProgram,
} from '../../../shared/model/key-export.ts';

export const managers = [
  'bitwarden',
  '1password',
  'keepass',
  'apple',
  'chrome',
  'firefox',
  'dashlane',
  'proton',
  'other',
] as const;
export type Manager = (typeof managers)[number];

export type ExportWay = ExportForm | ManagerProgram;

const ways: Readonly<Record<Manager, readonly ExportWay[]>> = {
  bitwarden: ['bitwarden-encrypted', 'bw', 'bitwarden-json', 'bitwarden-csv'],
  '1password': ['op', '1password-csv'],
  keepass: ['kdbx', 'keepass-csv'],
  apple: ['apple-csv'],
  chrome: ['chrome-csv'],
  firefox: ['firefox-csv'],
  dashlane: ['dashlane-csv'],
  proton: ['proton-csv'],
  other: [],
};

export function isProgram(way: ExportWay): way is ManagerProgram {
  return way === 'op' || way === 'bw';
}

/** Programs only where they are installed. */
export function waysFor(manager: Manager, installed: readonly ManagerProgram[]): ExportWay[] {
  return ways[manager].filter((way) => !isProgram(way) || installed.includes(way));
}

/** Whether a file is readable by whoever finds it. */
export function isPlain(way: ExportWay): boolean {
  return !isProgram(way) && !encryptedForms.has(way);
}

export type Provider = 'google' | 'microsoft' | 'apple';

/** How the clouds' folders are called, also in German. */
const clouds: readonly (readonly [Provider, RegExp])[] = [
  ['google', /google ?drive|my ?drive|meine ablage/iu],
  ['microsoft', /onedrive/iu],
  ['apple', /icloud ?drive|com~apple~clouddocs|mobile documents/iu],
];

/** Chrome and Edge take the same file. */
const makers: Readonly<Partial<Record<Manager, readonly Provider[]>>> = {
  chrome: ['google', 'microsoft'],
  apple: ['apple'],
};

/** Who would hold the backup and its key; null where nobody would hold both. */
export function providerOfBoth(manager: Manager, place: string): Provider | null {
  const [provider] = clouds.find(([, names]) => names.test(place)) ?? [null];
  return provider !== null && makers[manager]?.includes(provider) === true ? provider : null;
}

export const MIN_FILE_PASSWORD = 8;
