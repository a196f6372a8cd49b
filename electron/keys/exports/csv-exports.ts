/**
 * The CSV forms of the password managers: their columns, one row, every field quoted (RFC 4180), UTF-8. Fields that a spreadsheet would run
 * as a formula are made harmless, all but the secret, which is never altered.
 */
import { randomUUID } from 'node:crypto';
import { stringify } from 'csv-stringify/sync';
import type { ManagerEntry } from './manager-entry.ts';

export type CsvTarget =
  | 'bitwarden'
  | '1password'
  | 'keepass'
  | 'apple-passwords'
  | 'chrome'
  | 'firefox'
  | 'dashlane'
  | 'proton-pass';

type Row = readonly (readonly [column: string, value: string])[];

const rows: Readonly<Record<CsvTarget, (entry: ManagerEntry) => Row>> = {
  bitwarden: ({ title, url, userName, secret, notes }) => [
    ['folder', ''],
    ['favorite', ''],
    ['type', 'login'],
    ['name', title],
    ['notes', notes],
    ['fields', ''],
    ['reprompt', '0'],
    ['login_uri', url],
    ['login_username', userName],
    ['login_password', secret],
    ['login_totp', ''],
  ],
  '1password': ({ title, url, userName, secret, notes }) => [
    ['Title', title],
    ['Url', url],
    ['Username', userName],
    ['Password', secret],
    ['OTPAuth', ''],
    ['Favorite', 'false'],
    ['Archived', 'false'],
    ['Tags', 'Holdfast'],
    ['Notes', notes],
  ],
  keepass: ({ title, url, userName, secret, notes }) => [
    ['Group', 'Root'],
    ['Title', title],
    ['Username', userName],
    ['Password', secret],
    ['URL', url],
    ['Notes', notes],
  ],
  'apple-passwords': ({ title, url, userName, secret, notes }) => [
    ['Title', title],
    ['URL', url],
    ['Username', userName],
    ['Password', secret],
    ['Notes', notes],
    ['OTPAuth', ''],
  ],
  chrome: ({ title, url, userName, secret, notes }) => [
    ['name', title],
    ['url', url],
    ['username', userName],
    ['password', secret],
    ['note', notes],
  ],
  // It keeps neither title nor notes, so the user name has to tell which backup it is.
  firefox: ({ title, url, secret }) => {
    const now = String(Date.now());
    return [
      ['url', url],
      ['username', title],
      ['password', secret],
      ['httpRealm', ''],
      ['formActionOrigin', url],
      ['guid', `{${randomUUID()}}`],
      ['timeCreated', now],
      ['timeLastUsed', now],
      ['timePasswordChanged', now],
    ];
  },
  dashlane: ({ title, url, userName, secret, notes }) => [
    ['username', userName],
    ['username2', ''],
    ['username3', ''],
    ['title', title],
    ['password', secret],
    ['note', notes],
    ['url', url],
    ['category', ''],
    ['otpUrl', ''],
  ],
  'proton-pass': ({ title, url, userName, secret, notes }) => [
    ['name', title],
    ['url', url],
    ['email', ''],
    ['username', userName],
    ['password', secret],
    ['note', notes],
    ['totp', ''],
    ['vault', ''],
  ],
};

const secretColumns: ReadonlySet<string> = new Set(['password', 'Password', 'login_password']);
/** Also their full-width forms, which some spreadsheets take for the same. */
const FORMULA_START = /^[\s]*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/u;

/** Two lines, each ended by CRLF. */
export function toCsv(target: CsvTarget, entry: ManagerEntry): string {
  const row = rows[target](entry);
  const header = row.map(([column]) => column);
  const values = row.map(([column, value]) =>
    secretColumns.has(column) ? value : withoutFormula(value),
  );
  return stringify([header, values], { quoted: true, record_delimiter: 'windows' });
}

/** A leading apostrophe makes a spreadsheet take the field for text. */
function withoutFormula(value: string): string {
  return FORMULA_START.test(value) ? `'${value}` : value;
}
