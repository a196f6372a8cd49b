/** What stands in entries of password managers and on the recovery kit. Written for a day on which Holdfast may be gone. */
import type { Language } from '../../shared/language.ts';

export interface KeyTexts {
  readonly entryTitle: (computer: string, destination: string, fingerprint: string) => string;
  /** `secret` null: password mode. */
  readonly entryNotes: (facts: {
    readonly place: string;
    readonly resticPlace: string;
    readonly fingerprint: string;
    readonly kind: 'key' | 'password';
  }) => string;
}

export const keyTexts: Readonly<Record<Language, KeyTexts>> = {
  en: {
    entryTitle: (computer, destination, fingerprint) =>
      `Holdfast backup – ${computer} → ${destination} (${fingerprint})`,
    entryNotes: ({ place, resticPlace, fingerprint, kind }) =>
      [
        kind === 'key'
          ? 'This 64-digit key opens your backup. If it is lost, the backup is lost.'
          : 'This password opens your backup. If it is lost, the backup is lost.',
        `The backup is stored at: ${place} (fingerprint ${fingerprint}).`,
        'Restore with Holdfast: install it, choose "Restore from an existing backup", choose that place, enter this secret.',
        `Restore without Holdfast: install restic (restic.net), then run: restic -r "${resticPlace}" restore latest --target restored`,
        'Holdfast will never ask you for this secret in a message, a mail or a call.',
      ].join('\n'),
  },
  de: {
    entryTitle: (computer, destination, fingerprint) =>
      `Holdfast-Backup – ${computer} → ${destination} (${fingerprint})`,
    entryNotes: ({ place, resticPlace, fingerprint, kind }) =>
      [
        kind === 'key'
          ? 'Dieser 64-stellige Schlüssel öffnet Ihr Backup. Geht er verloren, ist das Backup verloren.'
          : 'Dieses Passwort öffnet Ihr Backup. Geht es verloren, ist das Backup verloren.',
        `Das Backup liegt hier: ${place} (Fingerabdruck ${fingerprint}).`,
        'Wiederherstellen mit Holdfast: installieren, „Aus einem vorhandenen Backup wiederherstellen“ wählen, diesen Ort wählen, das Geheimnis eingeben.',
        `Wiederherstellen ohne Holdfast: restic installieren (restic.net), dann ausführen: restic -r "${resticPlace}" restore latest --target wiederhergestellt`,
        'Holdfast wird Sie nie in einer Nachricht, einer Mail oder einem Anruf nach diesem Geheimnis fragen.',
      ].join('\n'),
  },
};
