/** The one entry that a password manager gets. */
import type { SecretKind } from '../../../shared/model/protection.ts';
import type { Language } from '../../../shared/language.ts';
import { keyTexts } from '../texts.ts';

/** Constant, so that all entries of Holdfast stand together; `.invalid` is never anybody's (RFC 6761). */
const ENTRY_URL = 'https://holdfast.invalid/';

export interface ManagerEntry {
  readonly title: string;
  readonly url: string;
  /** Never empty: some importers drop such a row. */
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
  /** null in password mode, unless it was typed for the export. */
  readonly secret: string | null;
  readonly language: Language;
}

export function managerEntry(facts: EntryFacts): ManagerEntry {
  const texts = keyTexts[facts.language];
  const { computerName, destinationLabel, place, resticPlace, fingerprint, kind, secret } = facts;
  return {
    title: texts.entryTitle(computerName, destinationLabel, fingerprint),
    url: ENTRY_URL,
    userName: computerName.trim() === '' ? 'Holdfast' : computerName,
    secret: secret ?? '',
    notes: texts.entryNotes({ place, resticPlace, fingerprint, kind }),
  };
}
