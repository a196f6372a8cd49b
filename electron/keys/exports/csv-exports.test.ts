import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { toCsv, type CsvTarget } from './csv-exports.ts';
import type { ManagerEntry } from './manager-entry.ts';

const entry: ManagerEntry = {
  title: 'Holdfast backup – anna → "Disk", 2 (1a2b3c4d)',
  url: 'https://holdfast.invalid/',
  userName: '=cmd|calc',
  secret: '=+-@ "quoted", and\nmore',
  notes: 'First line,\nsecond "line"\n',
};

/** As the managers document them. */
const headers: Readonly<Record<CsvTarget, string>> = {
  bitwarden:
    'folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp',
  '1password': 'Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes',
  keepass: 'Group,Title,Username,Password,URL,Notes',
  'apple-passwords': 'Title,URL,Username,Password,Notes,OTPAuth',
  chrome: 'name,url,username,password,note',
  firefox:
    'url,username,password,httpRealm,formActionOrigin,guid,timeCreated,timeLastUsed,timePasswordChanged',
  dashlane: 'username,username2,username3,title,password,note,url,category,otpUrl',
  'proton-pass': 'name,url,email,username,password,note,totp,vault',
};

describe.each(Object.entries(headers) as [CsvTarget, string][])(
  'the CSV for %s',
  (target, header) => {
    const text = toCsv(target, entry);
    const [names = [], values = [], ...more] = parse(text, {
      bom: false,
      relax_quotes: false,
      relax_column_count: false,
      record_delimiter: '\r\n',
    });
    const field = (pattern: RegExp): string | undefined =>
      values[names.findIndex((name) => pattern.test(name))];

    it('has its columns, one row, and nothing else', () => {
      expect(names.join(',')).toBe(header);
      expect(more).toEqual([]);
      expect(text.endsWith('\r\n')).toBe(true);
    });

    it('quotes every field', () => {
      expect(text.split('\r\n')[0]).toBe(
        header
          .split(',')
          .map((name) => `"${name}"`)
          .join(','),
      );
    });

    it('never alters the secret', () => {
      expect(field(/password$/iu)).toBe(entry.secret);
    });

    it('has a title and a user name that no spreadsheet runs', () => {
      expect(values.filter((value) => value !== entry.secret && /^[=+\-@]/u.test(value))).toEqual(
        [],
      );
      if (target === 'firefox') expect(field(/^username$/u)).toBe(entry.title);
      else {
        expect(field(/^(?:name|title)$/iu)).toBe(entry.title);
        expect(field(/username$/iu)).toBe("'=cmd|calc");
        expect(field(/^notes?$/iu)).toBe(entry.notes);
      }
    });
  },
);
