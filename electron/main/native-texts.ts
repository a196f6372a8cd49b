/** The few words that are not in the page: titles of the system's dialogs, the menu, and what is said when the app cannot start. */
import type { FolderPurpose } from '../../shared/ipc/contract.ts';
import type { Language } from '../../shared/language.ts';

interface NativeTexts {
  readonly dialogTitles: Readonly<Record<FolderPurpose, string>>;
  readonly view: string;
  /** macOS: "Holdfast is trying to …" */
  readonly touchId: string;
  readonly signInFarewell: { readonly done: string; readonly failed: string };
  readonly startFailed: { readonly title: string; readonly text: string };
}

const texts: Readonly<Record<Language, NativeTexts>> = {
  en: {
    dialogTitles: {
      source: 'Folders to back up',
      destination: 'Where to store the backup',
      'existing-repository': 'The folder that holds the backup',
      'restore-target': 'Where to restore to',
    },
    view: 'View',
    touchId: 'use the key of your backup',
    signInFarewell: {
      done: 'You are signed in. You can close this page and go back to Holdfast.',
      failed: 'The sign-in did not work. Holdfast says why.',
    },
    startFailed: {
      title: 'Holdfast could not start',
      text: 'Your backups are not affected. Look at this folder:',
    },
  },
  de: {
    dialogTitles: {
      source: 'Ordner, die gesichert werden',
      destination: 'Wo das Backup liegen soll',
      'existing-repository': 'Der Ordner, der das Backup enthält',
      'restore-target': 'Wohin wiederhergestellt wird',
    },
    view: 'Ansicht',
    touchId: 'den Schlüssel Ihres Backups verwenden',
    signInFarewell: {
      done: 'Sie sind angemeldet. Sie können diese Seite schließen und zu Holdfast zurückkehren.',
      failed: 'Die Anmeldung ist nicht gelungen. Holdfast sagt, warum.',
    },
    startFailed: {
      title: 'Holdfast konnte nicht starten',
      text: 'Ihre Backups sind nicht betroffen. Sehen Sie in diesem Ordner nach:',
    },
  },
};

export function nativeTexts(language: Language): NativeTexts {
  return texts[language];
}
