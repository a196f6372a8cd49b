/**
 * What stands on the recovery kit, the sheet with all that is needed to restore: once as text, laid out as a PDF by the main process and
 * for the printer by the window. Written for a day on which Holdfast may be gone.
 */
import type { Language } from './language.ts';
import type { SecretKind } from './model/protection.ts';
import { groupsOf } from './recovery-key.ts';
import { shellWord } from './shell-word.ts';

export interface KitFacts {
  readonly language: Language;
  readonly computerName: string;
  readonly destinationLabel: string;
  /** Where the repository is, for people. */
  readonly place: string;
  /** The same as restic takes it after `-r`. */
  readonly resticPlace: string;
  readonly fingerprint: string;
  readonly kind: SecretKind;
  /** The 64 digits; null in password mode: the sheet has a blank line then. */
  readonly key: string | null;
  /** Local date, as a person writes it. */
  readonly madeOn: string;
}

export interface KitStep {
  readonly text: string;
  /** What to type, word for word. */
  readonly command?: string;
}

export interface RecoveryKit {
  readonly language: Language;
  readonly title: string;
  readonly what: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly secretTitle: string;
  readonly secret:
    | {
        readonly kind: 'key';
        readonly groups: readonly string[];
        readonly key: string;
        readonly qrHint: string;
      }
    | { readonly kind: 'blank-line'; readonly hint: string };
  readonly warnings: readonly string[];
  readonly sections: readonly { readonly title: string; readonly steps: readonly KitStep[] }[];
}

export function recoveryKit(facts: KitFacts): RecoveryKit {
  const text = texts[facts.language];
  const { place, resticPlace, kind, key } = facts;
  return {
    language: facts.language,
    title: text.title,
    what: text.what,
    facts: [
      { label: text.fingerprint, value: facts.fingerprint },
      { label: text.computer, value: facts.computerName },
      { label: text.destination, value: facts.destinationLabel },
      { label: text.place, value: place },
      { label: text.madeOn, value: facts.madeOn },
    ],
    secretTitle: kind === 'key' ? text.keyTitle : text.passwordTitle,
    secret:
      key === null
        ? { kind: 'blank-line', hint: kind === 'key' ? text.blankKey : text.blankPassword }
        : { kind: 'key', groups: groupsOf(key), key, qrHint: text.qrHint },
    warnings: [text.lost, text.whoHasIt, text.never],
    sections: [
      { title: text.withHoldfast, steps: text.holdfastSteps(place) },
      { title: text.withRestic, steps: text.resticSteps(resticPlace, kind) },
    ],
  };
}

interface KitTexts {
  readonly title: string;
  readonly what: string;
  readonly fingerprint: string;
  readonly computer: string;
  readonly destination: string;
  readonly place: string;
  readonly madeOn: string;
  readonly keyTitle: string;
  readonly passwordTitle: string;
  readonly blankKey: string;
  readonly blankPassword: string;
  readonly qrHint: string;
  readonly lost: string;
  readonly whoHasIt: string;
  readonly never: string;
  readonly withHoldfast: string;
  readonly holdfastSteps: (place: string) => readonly KitStep[];
  readonly withRestic: string;
  readonly resticSteps: (place: string, kind: SecretKind) => readonly KitStep[];
}

const texts: Readonly<Record<Language, KitTexts>> = {
  en: {
    title: 'Holdfast recovery kit',
    what: 'With this sheet and the storage named below, the backup can be restored on any computer. Keep it where you keep important papers, not beside the computer.',
    fingerprint: 'Fingerprint',
    computer: 'Computer',
    destination: 'Destination',
    place: 'Where it is',
    madeOn: 'Sheet made on',
    keyTitle: 'The 64-digit key',
    passwordTitle: 'The password',
    blankKey: 'Write the 64-digit key here by hand, if you want it on paper:',
    blankPassword: 'Write the password here by hand, if you want it on paper:',
    qrHint: 'The same 64 digits',
    lost: 'If this secret is lost, the backup is lost. Nobody can recover it.',
    whoHasIt: 'Whoever has this secret and the storage can read the backup.',
    never: 'Holdfast will never ask you for it in a message, a mail or a call.',
    withHoldfast: 'Restore with Holdfast',
    holdfastSteps: (place) => [
      { text: 'Install Holdfast on the computer.' },
      { text: 'On the first screen choose “Restore from an existing backup”.' },
      { text: `Choose the place of the backup: ${place}. Compare the fingerprint.` },
      { text: 'Enter the secret. Capital letters, spaces and dashes in a key do not matter.' },
      { text: 'Choose an archive, what you want back, and where to.' },
    ],
    withRestic: 'Restore without Holdfast',
    resticSteps: (place, kind) => [
      { text: 'Install the free program restic (restic.net). Holdfast uses its format.' },
      ...accessStep(place, {
        rclone:
          'Install the free program rclone (rclone.org) and set up a remote named gdrive for the Google account above.',
        s3: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the keys of the storage.',
      }),
      { text: 'See what is there:', command: `restic -r ${shellWord(place)} snapshots` },
      {
        text:
          kind === 'key'
            ? 'When it asks for the password, enter the 64 digits in lower case with nothing between them.'
            : 'When it asks for the password, enter it exactly as you chose it.',
      },
      {
        text: 'Restore the newest archive:',
        command: `restic -r ${shellWord(place)} restore latest --target restored`,
      },
    ],
  },
  de: {
    title: 'Holdfast-Notfallblatt',
    what: 'Mit diesem Blatt und dem unten genannten Speicher lässt sich das Backup auf jedem Computer wiederherstellen. Bewahren Sie es bei Ihren wichtigen Papieren auf, nicht neben dem Computer.',
    fingerprint: 'Fingerabdruck',
    computer: 'Computer',
    destination: 'Ziel',
    place: 'Wo es liegt',
    madeOn: 'Blatt erstellt am',
    keyTitle: 'Der 64-stellige Schlüssel',
    passwordTitle: 'Das Passwort',
    blankKey: 'Hier den 64-stelligen Schlüssel von Hand eintragen, wenn er auf Papier stehen soll:',
    blankPassword: 'Hier das Passwort von Hand eintragen, wenn es auf Papier stehen soll:',
    qrHint: 'Dieselben 64 Stellen',
    lost: 'Geht dieses Geheimnis verloren, ist das Backup verloren. Niemand kann es retten.',
    whoHasIt: 'Wer dieses Geheimnis und den Speicher hat, kann das Backup lesen.',
    never: 'Holdfast wird Sie nie in einer Nachricht, einer Mail oder einem Anruf danach fragen.',
    withHoldfast: 'Wiederherstellen mit Holdfast',
    holdfastSteps: (place) => [
      { text: 'Holdfast auf dem Computer installieren.' },
      { text: 'Auf der ersten Seite „Aus einem vorhandenen Backup wiederherstellen“ wählen.' },
      { text: `Den Ort des Backups wählen: ${place}. Den Fingerabdruck vergleichen.` },
      {
        text: 'Das Geheimnis eingeben. Großbuchstaben, Leerzeichen und Striche in einem Schlüssel spielen keine Rolle.',
      },
      { text: 'Ein Archiv wählen, was zurückkommen soll, und wohin.' },
    ],
    withRestic: 'Wiederherstellen ohne Holdfast',
    resticSteps: (place, kind) => [
      {
        text: 'Das freie Programm restic installieren (restic.net). Holdfast benutzt sein Format.',
      },
      ...accessStep(place, {
        rclone:
          'Das freie Programm rclone installieren (rclone.org) und darin für das oben genannte Google-Konto ein Remote namens gdrive einrichten.',
        s3: 'AWS_ACCESS_KEY_ID und AWS_SECRET_ACCESS_KEY auf die Schlüssel des Speichers setzen.',
      }),
      { text: 'Ansehen, was da ist:', command: `restic -r ${shellWord(place)} snapshots` },
      {
        text:
          kind === 'key'
            ? 'Auf die Frage nach dem Passwort die 64 Stellen in Kleinbuchstaben ohne Zwischenraum eingeben.'
            : 'Auf die Frage nach dem Passwort genau das gewählte Passwort eingeben.',
      },
      {
        text: 'Das neueste Archiv wiederherstellen:',
        command: `restic -r ${shellWord(place)} restore latest --target wiederhergestellt`,
      },
    ],
  },
};

/** What restic needs besides to get at the storage; nothing for a folder. */
function accessStep(
  resticPlace: string,
  steps: { readonly rclone: string; readonly s3: string },
): KitStep[] {
  if (resticPlace.startsWith('rclone:')) return [{ text: steps.rclone }];
  return resticPlace.startsWith('s3:') ? [{ text: steps.s3 }] : [];
}
