/** The one entry that a password manager gets. */
import type { SecretKind } from '../../../shared/model/protection.ts';
import type { Language } from '../../../shared/language.ts';
import { keyTexts } from '../texts.ts';

/** Constant, so that all entries of Holdfast stand together; `.invalid` is never anybody's (RFC 6761). */
const ENTRY_URL = 'https://holdfast.invalid/';

export interface ManagerEntry {
  readonly title: string;
  readonly url: string;
  /**
   * Never empty: some importers drop such a row. Of each backup another one: browsers take entries with the same address and user name for the
   * same, and replace or skip one.
   */
  readonly userName: string;
  /** The 64 digits or the password; empty where the person did not type it for the export. */
  readonly secret: string;
  readonly notes: string;
}

export interface EntryFacts {
  readonly computerName: string;
  readonly destinationLabel: string;
  /** Where the repository is, as a person and restic would write it. */
  readonly place: string;
  readonly resticPlace: string;
  readonly fingerprint: string;
  readonly kind: SecretKind;
  readonly madeAt: Date;
  /** It is to replace the secret in force, and has not yet: its entry must not take the place of the one that opens. */
  readonly isReplacement: boolean;
  /** null in password mode, unless it was typed for the export. */
  readonly secret: string | null;
  readonly language: Language;
}

export function managerEntry(facts: EntryFacts): ManagerEntry {
  const texts = keyTexts[facts.language];
  const { computerName, destinationLabel, fingerprint, madeAt, isReplacement, secret } = facts;
  const name = computerName.trim() === '' ? 'Holdfast' : computerName;
  const backup = isReplacement ? `${fingerprint}, ${texts.newFrom(minuteOf(madeAt))}` : fingerprint;
  return {
    title: texts.entryTitle(computerName, destinationLabel, backup),
    url: ENTRY_URL,
    userName: `${name} (${backup})`,
    secret: secret ?? '',
    notes: texts.entryNotes({ ...facts, madeOn: dayOf(madeAt) }),
  };
}

/** Local, in figures that every language reads alike. */
function dayOf(date: Date): string {
  const [month, day] = [date.getMonth() + 1, date.getDate()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${String(date.getFullYear())}-${month ?? ''}-${day ?? ''}`;
}

/** Several can be made on a day. */
function minuteOf(date: Date): string {
  const time = [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, '0'));
  return `${dayOf(date)} ${time.join(':')}`;
}
