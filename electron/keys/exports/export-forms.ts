/** Every form in which the secret can leave for a password manager, encrypted forms first, and how each is written. */
import type { ExportForm } from '../../../shared/model/key-export.ts';
import { toBitwardenJson, toEncryptedBitwardenJson } from './bitwarden-json.ts';
import { toCsv } from './csv-exports.ts';
import type { ManagerEntry } from './manager-entry.ts';

interface FormWriter {
  readonly extension: 'json' | 'csv' | 'kdbx';
  /** `filePassword` is given exactly for the encrypted forms. */
  readonly write: (entry: ManagerEntry, filePassword: string) => Promise<Buffer>;
}

const text = async (content: string): Promise<Buffer> => Buffer.from(content, 'utf8');

export const exportForms: Readonly<Record<ExportForm, FormWriter>> = {
  'bitwarden-encrypted': {
    extension: 'json',
    write: async (entry, filePassword) => text(await toEncryptedBitwardenJson(entry, filePassword)),
  },
  // KeePass's library is large and rarely needed.
  kdbx: {
    extension: 'kdbx',
    write: async (entry, filePassword) => (await import('./kdbx.ts')).toKdbx(entry, filePassword),
  },
  'bitwarden-json': { extension: 'json', write: (entry) => text(toBitwardenJson(entry)) },
  'bitwarden-csv': { extension: 'csv', write: (entry) => text(toCsv('bitwarden', entry)) },
  '1password-csv': { extension: 'csv', write: (entry) => text(toCsv('1password', entry)) },
  'keepass-csv': { extension: 'csv', write: (entry) => text(toCsv('keepass', entry)) },
  'apple-csv': { extension: 'csv', write: (entry) => text(toCsv('apple-passwords', entry)) },
  'chrome-csv': { extension: 'csv', write: (entry) => text(toCsv('chrome', entry)) },
  'firefox-csv': { extension: 'csv', write: (entry) => text(toCsv('firefox', entry)) },
  'dashlane-csv': { extension: 'csv', write: (entry) => text(toCsv('dashlane', entry)) },
  'proton-csv': { extension: 'csv', write: (entry) => text(toCsv('proton-pass', entry)) },
};
