/** What stands in entries of password managers and on the recovery kit. Written for a day on which Holdfast may be gone. */
import type { Language } from '../../shared/language.ts';
import { shellWord } from '../../shared/shell-word.ts';

export interface KeyTexts {
  readonly entryTitle: (computer: string, destination: string, backup: string) => string;
  /** Of a secret that is not in force yet. */
  readonly newFrom: (when: string) => string;
  readonly entryNotes: (facts: {
    readonly place: string;
    readonly resticPlace: string;
    readonly fingerprint: string;
    readonly kind: 'key' | 'password';
    readonly madeOn: string;
    readonly isReplacement: boolean;
  }) => string;
}

export const keyTexts: Readonly<Record<Language, KeyTexts>> = {
  en: {
    newFrom: (when) => `new, from ${when}`,
    entryTitle: (computer, destination, backup) =>
      `Holdfast backup – ${computer} → ${destination} (${backup})`,
    entryNotes: ({ place, resticPlace, fingerprint, kind, madeOn, isReplacement }) =>
      [
        kind === 'key'
          ? 'This 64-digit key opens your backup. If it is lost, the backup is lost.'
          : 'This password opens your backup. If it is lost, the backup is lost.',
        `It was made on ${madeOn}.`,
        ...(isReplacement
          ? [
              'It opens the backup once the change in Holdfast is finished. Keep the former entry until then.',
            ]
          : []),
        `The backup is stored at: ${place} (fingerprint ${fingerprint}).`,
        'Restore with Holdfast: install it, choose "Restore from an existing backup", choose that place, enter this secret.',
        `Restore without Holdfast: install restic (restic.net), then run: restic -r ${shellWord(resticPlace)} restore latest --target restored`,
        'Holdfast will never ask you for this secret in a message, a mail or a call.',
      ].join('\n'),
  },
  de: {
    newFrom: (when) => `neu, vom ${when}`,
    entryTitle: (computer, destination, backup) =>
      `Holdfast-Backup – ${computer} → ${destination} (${backup})`,
    entryNotes: ({ place, resticPlace, fingerprint, kind, madeOn, isReplacement }) =>
      [
        kind === 'key'
          ? 'Dieser 64-stellige Schlüssel öffnet Ihr Backup. Geht er verloren, ist das Backup verloren.'
          : 'Dieses Passwort öffnet Ihr Backup. Geht es verloren, ist das Backup verloren.',
        `Erstellt am ${madeOn}.`,
        ...(isReplacement
          ? [
              'Es öffnet das Backup erst, wenn die Änderung in Holdfast abgeschlossen ist. Behalten Sie den früheren Eintrag bis dahin.',
            ]
          : []),
        `Das Backup liegt hier: ${place} (Fingerabdruck ${fingerprint}).`,
        'Wiederherstellen mit Holdfast: installieren, „Aus einem vorhandenen Backup wiederherstellen“ wählen, diesen Ort wählen, das Geheimnis eingeben.',
        `Wiederherstellen ohne Holdfast: restic installieren (restic.net), dann ausführen: restic -r ${shellWord(resticPlace)} restore latest --target wiederhergestellt`,
        'Holdfast wird Sie nie in einer Nachricht, einer Mail oder einem Anruf nach diesem Geheimnis fragen.',
      ].join('\n'),
  },
};
