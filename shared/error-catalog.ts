/**
 * What each error code means for a person: what happened, what it means for the data, and one thing to do.
 * English here; the window's other languages translate the same entries. `{{name}}` is filled from the error's context.
 */
import type { ErrorCode, ErrorContext } from './errors.ts';

/** What the one button of an error notice does; the window maps it to a handler. */
export type ErrorAction =
  | 'retry'
  | 'choose-folder'
  | 'enter-secret'
  | 'remove-locks'
  | 'reconnect'
  | 'check-backup'
  | 'restart-app'
  | 'start-over'
  | 'dismiss';

export interface CatalogEntry {
  readonly title: string;
  /** What it means for the person's data. */
  readonly meaning: string;
  /** The one thing to do, as a sentence. */
  readonly advice: string;
  readonly action: ErrorAction;
}

export const errorCatalog: Readonly<Record<ErrorCode, CatalogEntry>> = {
  'backend/not-found': {
    title: 'A file of the backup is missing',
    meaning: 'Your own files are untouched. Part of the backup may not be restorable.',
    advice: 'Check the backup to see what is affected.',
    action: 'check-backup',
  },
  'backend/permission-denied': {
    title: 'Holdfast may not use this folder',
    meaning: 'Nothing was changed. Existing archives stay as they are.',
    advice: 'Give your user permission to read and write {{path}}, or choose another folder.',
    action: 'choose-folder',
  },
  'backend/no-space': {
    title: 'The destination is full',
    meaning:
      'Earlier archives are safe. This run was not finished; what was stored counts next time.',
    advice: 'Free some space at the destination, then back up again.',
    action: 'retry',
  },
  'backend/unavailable': {
    title: 'The destination cannot be reached',
    meaning: 'Nothing was lost, but nothing is being backed up either.',
    advice: 'Connect the disk or folder {{path}}, then try again.',
    action: 'retry',
  },
  'backend/io': {
    title: 'The destination reported an error',
    meaning: 'Your own files are untouched. The disk may be failing or may have been unplugged.',
    advice: 'Try again. If it happens again, check the backup and the disk.',
    action: 'retry',
  },
  'backend/offline': {
    title: 'There is no connection to the storage',
    meaning: 'Nothing is lost. What was stored counts, and the run goes on from there.',
    advice: 'Check the internet connection; Holdfast goes on by itself when it is back.',
    action: 'retry',
  },
  'backend/slow-down': {
    title: 'The storage asks Holdfast to slow down',
    meaning: 'Nothing is lost. What was stored counts next time.',
    advice: 'Wait a while, then try again.',
    action: 'retry',
  },
  'backend/stalled': {
    title: 'The connection to the storage stood still',
    meaning: 'Nothing is lost. What was stored counts next time.',
    advice: 'Check the internet connection, then try again.',
    action: 'retry',
  },
  'backend/corrupt-transfer': {
    title: 'Data was altered on its way to or from the storage',
    meaning: 'It was noticed, and nothing altered was kept. Earlier archives are as they were.',
    advice:
      'Try again. If it happens again, something between this computer and the storage is faulty.',
    action: 'retry',
  },
  'backend/refused': {
    title: 'The storage refused a request',
    meaning:
      'Your own files are untouched, and earlier archives are as they were. The word of the storage for it is: {{reason}}.',
    advice: 'Try again. If it happens again, look for this word in the help of the storage.',
    action: 'retry',
  },
  'backend/out-of-step': {
    title: 'The storage holds something else than Holdfast expected',
    meaning:
      'Nothing was overwritten, and earlier archives are as they were. Somebody else may have changed a file of the backup at the same moment.',
    advice: 'Try again. If it happens again, check the backup.',
    action: 'retry',
  },
  'drive/sign-in-ended': {
    title: 'Google sign-in has ended',
    meaning:
      'Your archives on Google Drive are safe, but nothing is being backed up. Google ends a sign-in when access was removed, after six months without use, or after seven days for a client that is still in testing.',
    advice: 'Sign in again; the backup goes on where it stopped.',
    action: 'reconnect',
  },
  'drive/client-refused': {
    title: 'Google does not know this app any more',
    meaning:
      'Your archives are safe, but nothing is being backed up. The client ID or its secret was deleted or mistyped.',
    advice: 'Sign in again, with a client ID that exists.',
    action: 'reconnect',
  },
  'drive/other-account': {
    title: 'This is another Google account',
    meaning:
      'Nothing was changed. The backup lies on the Drive of {{expected}}, and you signed in as {{actual}}.',
    advice: 'Sign in again as {{expected}}.',
    action: 'reconnect',
  },
  'drive/quota-full': {
    title: 'Google Drive is full',
    meaning:
      'Earlier archives are safe, and what this run has stored counts next time. Mail and photos count towards the same storage, and so does the trash.',
    advice: 'Empty the Drive trash or free some space, then back up again.',
    action: 'retry',
  },
  'drive/daily-upload-limit': {
    title: 'Google takes no more data today',
    meaning:
      'Nothing is lost. Google accepts 750 GB a day from one account; what was stored counts.',
    advice: 'Go on tomorrow. Restoring works meanwhile.',
    action: 'retry',
  },
  'drive/daily-download-limit': {
    title: 'Google hands out no more data today',
    meaning: 'Your archives are safe. Google limits how much may be downloaded in a day.',
    advice: 'Go on tomorrow; what is already restored is not fetched again.',
    action: 'retry',
  },
  'drive/daily-call-limit': {
    title: 'This app has used up its requests for today',
    meaning: 'Nothing is lost. Google limits the requests of all users of one client ID together.',
    advice: 'Go on tomorrow, or set up a client ID of your own.',
    action: 'retry',
  },
  'drive/too-many-files': {
    title: 'Google Drive takes no more files here',
    meaning: 'Earlier archives are safe, and what this run has stored counts.',
    advice: 'Start a new backup in another folder.',
    action: 'choose-folder',
  },
  'drive/scope-missing': {
    title: 'Google has not been told to let Holdfast use Drive',
    meaning: 'Nothing was changed. The permission for Drive was left unticked.',
    advice: 'Sign in again, and leave the box for Google Drive ticked.',
    action: 'reconnect',
  },
  'drive/not-our-file': {
    title: 'Holdfast may not touch a file of this backup',
    meaning:
      'Nothing was changed. The file was put there by another program or another client ID, and Google keeps them apart.',
    advice: 'Sign in with the client ID that made the backup.',
    action: 'reconnect',
  },
  'drive/read-only': {
    title: 'This folder on Google Drive can only be read',
    meaning: 'Your archives are safe and can be restored. Nothing can be added.',
    advice: 'Ask the owner of the folder for the right to change it.',
    action: 'retry',
  },
  'drive/forbidden-by-admin': {
    title: 'Your organisation does not allow this app on Google Drive',
    meaning: 'Nothing was changed.',
    advice: 'Ask your administrator to allow it, or choose another destination.',
    action: 'choose-folder',
  },
  'drive/api-not-enabled': {
    title: 'The Drive API is not switched on for your client ID',
    meaning: 'Nothing was changed.',
    advice:
      'Switch on the Google Drive API in the Google Cloud project of the client ID, then try again.',
    action: 'retry',
  },
  'drive/flagged-file': {
    title: 'Google holds a file of the backup back',
    meaning: 'Google takes the file for harmful; encrypted data can look so. It is still there.',
    advice: 'Try again. If it stays so, ask Google to review the file.',
    action: 'retry',
  },
  'drive/folder-gone': {
    title: 'The folder of the backup is not to be found on Google Drive',
    meaning:
      'Your own files are untouched. The folder was deleted, or Google has forgotten that this app made it, which happens when the app was removed from the account.',
    advice: 'Look for the folder in Drive and its trash; if it is there, sign in again.',
    action: 'reconnect',
  },
  'drive/folder-trashed': {
    title: 'The folder of the backup is in the trash of Google Drive',
    meaning:
      'The archives are still there, but Google deletes them for good 30 days after they were put there.',
    advice: 'Restore the folder from the Drive trash, then try again.',
    action: 'retry',
  },
  'drive/listing-incomplete': {
    title: 'Google Drive did not tell all it holds',
    meaning:
      'Nothing was changed. Without a whole list a backup could go wrong, so Holdfast stopped.',
    advice: 'Try again in a while.',
    action: 'retry',
  },
  's3/access-denied': {
    title: 'The storage does not allow this',
    meaning: 'Nothing was changed. The access key lacks a permission on the bucket.',
    advice:
      'Allow the key to list, read, write and delete in {{bucket}}, or enter another one. A key that was deleted or replaced at the provider is sometimes refused in this way, too.',
    action: 'reconnect',
  },
  's3/unknown-key': {
    title: 'The storage does not accept this access key',
    meaning: 'Nothing was changed.',
    advice: 'Check the access key and its secret, and enter them again.',
    action: 'reconnect',
  },
  's3/bucket-missing': {
    title: 'There is no such bucket',
    meaning: 'Nothing was changed.',
    advice: 'Check the name {{bucket}}, or make the bucket at your provider.',
    action: 'retry',
  },
  's3/wrong-region': {
    title: 'The bucket is in another region',
    meaning: 'Nothing was changed.',
    advice: 'Enter the region in which the bucket was made, then try again.',
    action: 'reconnect',
  },
  's3/clock-wrong': {
    title: 'The clock of this computer is wrong',
    meaning: 'Nothing was changed. The storage refuses requests with a wrong time.',
    advice: 'Set the clock of this computer, then try again.',
    action: 'retry',
  },
  's3/listing-incomplete': {
    title: 'The storage did not tell all it holds',
    meaning:
      'Nothing was changed. Without a whole list a backup could go wrong, so Holdfast stopped.',
    advice: 'Try again in a while.',
    action: 'retry',
  },
  'icloud/off': {
    title: 'iCloud Drive is not to be found on this computer',
    meaning: 'Nothing was changed, and nothing is being backed up there.',
    advice: 'Switch on iCloud Drive in the system settings, then try again.',
    action: 'retry',
  },
  'icloud/not-downloaded': {
    title: 'iCloud has not brought a file of the backup in time',
    meaning: 'The file is in iCloud and not damaged; only its copy on this computer was freed.',
    advice: 'Check the internet connection and the free space of this computer, then try again.',
    action: 'retry',
  },
  'sign-in/cancelled': {
    title: 'The sign-in was cancelled',
    meaning: 'Nothing was changed.',
    advice: 'Sign in again when you like.',
    action: 'reconnect',
  },
  'sign-in/timed-out': {
    title: 'Nobody signed in within five minutes',
    meaning: 'Nothing was changed.',
    advice: 'Sign in again; the page opens in your browser.',
    action: 'reconnect',
  },
  'sign-in/refused': {
    title: 'Google was told not to let Holdfast in',
    meaning: 'Nothing was changed.',
    advice: 'Sign in again, and allow Holdfast to use its own files on Drive.',
    action: 'reconnect',
  },
  'sign-in/not-genuine': {
    title: 'An answer came that does not belong to this sign-in',
    meaning: 'Nothing was changed, and no access was given.',
    advice: 'Close other sign-in pages in the browser, then sign in again.',
    action: 'reconnect',
  },
  'sign-in/scope-missing': {
    title: 'The permission for Google Drive was left unticked',
    meaning: 'Nothing was changed. Without it nothing can be stored there.',
    advice: 'Sign in again, and leave the box for Google Drive ticked.',
    action: 'reconnect',
  },
  'sign-in/no-client': {
    title: 'This build of Holdfast has no client ID for Google',
    meaning: 'Nothing was changed.',
    advice: 'Enter a client ID of your own; the wizard shows how to get one.',
    action: 'reconnect',
  },
  'sign-in/failed': {
    title: 'Google did not finish the sign-in',
    meaning: 'Nothing was changed.',
    advice: 'Check the internet connection, then sign in again.',
    action: 'reconnect',
  },
  'sign-in/required': {
    title: 'Holdfast is not signed in to this storage',
    meaning: 'Nothing was changed. Your archives there are safe.',
    advice: 'Sign in, then try again.',
    action: 'reconnect',
  },
  'sign-in/not-withdrawn': {
    title: 'Google has not taken the permission back',
    meaning: 'Nothing was changed: the destination is still connected, and so is the sign-in.',
    advice:
      'Try again, or leave the box unticked and withdraw it at myaccount.google.com/connections.',
    action: 'retry',
  },
  'sign-in/no-keychain': {
    title: 'There is no keychain here that could keep the sign-in',
    meaning: 'Nothing was changed. A server without a desktop usually has none.',
    advice:
      'Name a file for it with --token-file FILE, at the sign-in and at each command after it. Only you may read that file.',
    action: 'dismiss',
  },
  'sign-in/token-file-open': {
    title: 'Others on this computer may read the file with the sign-in',
    meaning: 'It was not used. Whoever reads it can reach the same storage.',
    advice: 'Take the right to read it from all others: chmod 600 {{path}}',
    action: 'dismiss',
  },
  'repo/not-found': {
    title: 'There is no backup in this folder',
    meaning: 'Nothing was changed.',
    advice: 'Choose the folder that holds the backup; it contains a file named config.',
    action: 'choose-folder',
  },
  'repo/already-exists': {
    title: 'There is already a backup in this folder',
    meaning: 'It was left exactly as it is. A new key never overwrites an existing backup.',
    advice: 'Open the existing backup with its secret, or choose another folder.',
    action: 'choose-folder',
  },
  'repo/not-empty': {
    title: 'This folder holds other files',
    meaning: 'Nothing was changed.',
    advice: 'Choose an empty folder, or make a new one.',
    action: 'choose-folder',
  },
  'repo/unsupported-version': {
    title: 'This backup was made by a newer program',
    meaning: 'It was not touched and is not damaged.',
    advice: 'Update Holdfast, then open it again.',
    action: 'dismiss',
  },
  'repo/wrong-secret': {
    title: 'This key or password does not open the backup',
    meaning: 'Nothing was changed. You can try as often as you like.',
    advice:
      'Check for typing errors, or look for the entry with the same fingerprint in your password manager.',
    action: 'enter-secret',
  },
  'repo/too-expensive-key': {
    title: 'Opening this backup would need too much memory',
    meaning:
      'The backup was not changed. Its key file asks for an absurd amount of work and may be forged.',
    advice: 'Make sure that this is your own backup; restic can open it if you trust it.',
    action: 'dismiss',
  },
  'repo/locked': {
    title: 'Another program is using this backup',
    meaning: 'Nothing was lost. {{hostname}} has been working on it since {{since}}.',
    advice:
      'Wait until it has finished. If you are sure that it no longer runs, unlock the backup.',
    action: 'remove-locks',
  },
  'repo/lock-lost': {
    title: 'The backup was used by another program meanwhile',
    meaning: 'This run stopped before finishing, to be safe. Earlier archives are untouched.',
    advice: 'Run it again.',
    action: 'retry',
  },
  'repo/damaged': {
    title: 'Part of the backup is damaged',
    meaning: 'Your own files are untouched. Undamaged parts of the backup can still be restored.',
    advice: 'Check the backup to see what is affected, and make a new backup elsewhere soon.',
    action: 'check-backup',
  },
  'repo/blob-missing': {
    title: 'A piece of the backup is missing',
    meaning: 'Files that need this piece cannot be restored from this archive; all others can.',
    advice: 'Check the backup to see which files are affected.',
    action: 'check-backup',
  },
  'repo/snapshot-not-found': {
    title: 'This archive does not exist',
    meaning: 'Nothing was changed. It may have been removed from another computer.',
    advice: 'Choose another archive.',
    action: 'start-over',
  },
  'repo/snapshot-ambiguous': {
    title: 'Several archives begin with these characters',
    meaning: 'Nothing was changed.',
    advice: 'Give more characters of the archive’s id.',
    action: 'start-over',
  },
  'repo/key-not-found': {
    title: 'There is no such key slot',
    meaning: 'Nothing was changed.',
    advice: 'List the key slots and choose one of them.',
    action: 'start-over',
  },
  'repo/key-in-use': {
    title: 'This key slot is the one in use',
    meaning: 'Nothing was changed: removing it could lock you out.',
    advice: 'Open the backup with another key first, or change this key instead.',
    action: 'dismiss',
  },
  'crypto/not-authentic': {
    title: 'Something in the backup was altered',
    meaning: 'It was not used. Your own files are untouched.',
    advice: 'Check the backup to see what is affected.',
    action: 'check-backup',
  },
  'format/invalid': {
    title: 'A file of the backup has an unknown form',
    meaning: 'It was not used. Your own files are untouched.',
    advice: 'Check the backup to see what is affected.',
    action: 'check-backup',
  },
  'format/too-large': {
    title: 'A file of the backup claims an impossible size',
    meaning: 'It was not used, to protect this computer. Your own files are untouched.',
    advice: 'Check the backup to see what is affected.',
    action: 'check-backup',
  },
  'backup/source-missing': {
    title: 'A folder to back up is not there',
    meaning: 'No new archive was made. Archives from before it was gone still hold it: {{path}}',
    advice: 'Connect the disk it is on, or remove the folder from the plan in Settings.',
    action: 'retry',
  },
  'backup/nothing-to-back-up': {
    title: 'There is nothing to back up',
    meaning:
      'No archive was made, because every chosen folder is empty of files that may be stored.',
    advice: 'Choose folders that hold files, in Settings.',
    action: 'dismiss',
  },
  'backup/source-is-destination': {
    title: 'This folder is inside the backup itself',
    meaning: 'Nothing was changed. A backup cannot hold itself.',
    advice: 'Choose another folder.',
    action: 'choose-folder',
  },
  'restore/path-not-found': {
    title: 'This item is not in the archive',
    meaning: 'Nothing was restored or changed.',
    advice: 'Choose the items again.',
    action: 'start-over',
  },
  'restore/target-not-writable': {
    title: 'Holdfast cannot write to this folder',
    meaning: 'Nothing was changed there. The archive is untouched.',
    advice: 'Choose another folder to restore to.',
    action: 'choose-folder',
  },
  'restore/target-gone': {
    title: 'The folder that was being restored to is gone',
    meaning: 'What had been restored there is complete. The archive is untouched.',
    advice:
      'Connect the disk of {{path}}, then restore again: finished files are not copied twice.',
    action: 'retry',
  },
  'restore/no-space': {
    title: 'Not enough space to restore',
    meaning:
      'What has been restored is complete; nothing half-written was left. The archive is untouched.',
    advice:
      'Free some space or choose another folder, then restore again: finished files are not copied twice.',
    action: 'choose-folder',
  },
  'restore/plan-expired': {
    title: 'This preview is out of date',
    meaning: 'Nothing was restored or changed.',
    advice: 'Make the preview again.',
    action: 'start-over',
  },
  'restore/target-in-repository': {
    title: 'This folder belongs to the backup itself',
    meaning: 'Nothing was changed. Restoring into it could damage the backup.',
    advice: 'Choose another folder to restore to.',
    action: 'choose-folder',
  },
  'forget/invalid-rule': {
    title: 'This rule for keeping archives is not valid',
    meaning:
      'Nothing was removed. {{value}} is not a count or a span of time that {{rule}} can use.',
    advice: 'Give a whole number that is not negative, or a span such as 1y6m or 14d.',
    action: 'start-over',
  },
  'prune/backup-not-whole': {
    title: 'No room was freed, because the backup is not whole',
    meaning:
      'Nothing that archives need was removed. Something that they need is missing or damaged, and what is left over may be what repairs it.',
    advice: 'Check the backup, and repair its index, before you try again.',
    action: 'check-backup',
  },
  'secret/invalid-key': {
    title: 'This is not a 64-digit key',
    meaning: 'Nothing was changed.',
    advice: 'A key has 16 groups of four digits, 0-9 and a-f. Check it group by group.',
    action: 'enter-secret',
  },
  'secret/too-short': {
    title: 'This password is too short',
    meaning: 'Nothing was changed.',
    advice: 'Use at least 12 characters: whoever holds the storage can guess for ever.',
    action: 'enter-secret',
  },
  'secret/too-long': {
    title: 'This password is too long',
    meaning: 'Nothing was changed.',
    advice: 'Use at most 256 characters.',
    action: 'enter-secret',
  },
  'secret/mismatch': {
    title: 'The two passwords differ',
    meaning: 'Nothing was written yet.',
    advice: 'Type the password again, as you saved it.',
    action: 'enter-secret',
  },
  'secret/required': {
    title: 'The key or password is needed',
    meaning: 'Nothing was lost; the backup is closed on this computer until you enter it.',
    advice: 'Enter the key or password of this backup.',
    action: 'enter-secret',
  },
  'secret/too-weak': {
    title: 'This password can be guessed',
    meaning: 'Nothing was changed.',
    advice:
      'Use several words that do not belong together, or let Holdfast suggest one: whoever holds the storage can guess for ever.',
    action: 'enter-secret',
  },
  'secret/of-another-backup': {
    title: 'This is the secret of another backup',
    meaning:
      'It opens the backup “{{label}}” (fingerprint {{fingerprint}}, made on {{madeOn}}), not this one. Nothing was changed.',
    advice: 'Look for the entry with the fingerprint of this backup.',
    action: 'enter-secret',
  },
  'secret/not-stored': {
    title: 'The secret is not kept on this computer',
    meaning: 'Nothing was changed, and the backup goes on as before.',
    advice: 'Use the copy in your password manager, or set a new secret.',
    action: 'dismiss',
  },
  'secret/was-replaced': {
    title: 'This is the former key or password',
    meaning:
      'It was replaced, and is removed as soon as no run needs the backup. Nothing was changed.',
    advice: 'Enter the new one.',
    action: 'enter-secret',
  },
  'secret/proof-needed': {
    title: 'This computer cannot keep the key or password',
    meaning:
      'Its keychain does not take it. If it is not saved elsewhere, it would be lost when Holdfast ends. Nothing was changed.',
    advice: 'Go back, and prove that it is saved.',
    action: 'enter-secret',
  },
  'secret/change-unsettled': {
    title: 'The change is not finished: both secrets open the backup',
    meaning:
      'The keychain refused the new key or password and did not confirm the old one. Nothing is lost: the new one and the old one both open the backup. Keep both.',
    advice:
      'Unlock the keychain, then restart Holdfast: it finishes the change or takes it back, by what the keychain holds.',
    action: 'restart-app',
  },
  'secret/changed-elsewhere': {
    title: 'Another computer has changed the key or password',
    meaning:
      'The one that this computer knew opens the backup no more, so it cannot be compared. Nothing was lost or changed.',
    advice: 'Enter the new key or password of this backup.',
    action: 'enter-secret',
  },
  'secret/not-proved': {
    title: 'Nobody has shown that the key or password is saved',
    meaning:
      'This computer may be the only place that has it. Disconnecting would leave nobody who can open the backup. Nothing was changed.',
    advice: 'Put it into your password manager and check it on the page Keys, then disconnect.',
    action: 'dismiss',
  },
  'secret/old-still-opens': {
    title: 'The old secret still opens the backup',
    meaning:
      'The new one works and is in use; nothing is lost. Only removing the old one did not succeed yet.',
    advice: 'Holdfast tries again when it starts. You can also try again now.',
    action: 'retry',
  },
  'export/unsafe-place': {
    title: 'The key must not be stored there',
    meaning:
      'Nothing was written. That folder is backed up, holds a backup, or is copied to a cloud, where the key would lie beside the data it protects.',
    advice: 'Choose another folder, for example on a USB stick.',
    action: 'choose-folder',
  },
  'export/not-written': {
    title: 'The file could not be written',
    meaning: 'No part of it was left behind, and your backup is not affected.',
    advice: 'Choose another folder and try again.',
    action: 'choose-folder',
  },
  'export/not-deleted': {
    title: 'The file could not be deleted',
    meaning: 'It still holds the key in clear: {{path}}.',
    advice: 'Delete it by hand, then look again.',
    action: 'retry',
  },
  'export/program-missing': {
    title: 'The program “{{program}}” was not found',
    meaning: 'Nothing was handed over.',
    advice: 'Use a file for your password manager instead.',
    action: 'dismiss',
  },
  'export/program-failed': {
    title: 'The password manager did not take the entry',
    meaning: 'Holdfast cannot know whether anything was stored. Your backup is not affected.',
    advice: 'Sign in to “{{program}}” in a terminal and start Holdfast from there, or use a file.',
    action: 'retry',
  },
  'secret/not-authenticated': {
    title: 'The key was not handed out',
    meaning: 'The system did not confirm that it is you. Nothing was changed.',
    advice: 'Try again, and confirm when the system asks.',
    action: 'retry',
  },
  'keychain/absent': {
    title: 'This computer has no keychain that Holdfast can use',
    meaning:
      'The key or password is not stored here and will be asked for again at the next start.',
    advice:
      'Set up the system’s keychain (on Linux: GNOME Keyring or KWallet), then restart Holdfast.',
    action: 'dismiss',
  },
  'keychain/locked': {
    title: 'This computer’s keychain is locked',
    meaning:
      'The key or password is not stored here and will be asked for again at the next start.',
    advice: 'Unlock the system’s keychain, then restart Holdfast.',
    action: 'dismiss',
  },
  'keychain/denied': {
    title: 'This computer’s keychain refused Holdfast',
    meaning:
      'The key or password is not stored here and will be asked for again at the next start.',
    advice: 'Allow Holdfast to use the keychain, then restart it.',
    action: 'dismiss',
  },
  'settings/unreadable': {
    title: 'The settings could not be read',
    meaning: 'Your backups are not affected. The unreadable file was kept beside the new one.',
    advice: 'Open your existing backup to set Holdfast up again.',
    action: 'start-over',
  },
  'settings/history-unreadable': {
    title: 'The list of earlier runs could not be read',
    meaning:
      'Your archives are not affected; they are all on the page Archives. Only what Status says of runs before today is missing.',
    advice: 'Back up once, and Status is right again.',
    action: 'dismiss',
  },
  'settings/newer-version': {
    title: 'The settings were written by a newer Holdfast',
    meaning: 'They were left as they are, and nothing is backed up by this older version.',
    advice: 'Update Holdfast on this computer.',
    action: 'dismiss',
  },
  'ipc/invalid-request': {
    title: 'Holdfast could not understand this entry',
    meaning: 'Nothing was changed.',
    advice: 'Go back and try again.',
    action: 'start-over',
  },
  'ipc/foreign-sender': {
    title: 'A request from an unknown page was refused',
    meaning: 'Nothing was changed.',
    advice: 'Restart Holdfast.',
    action: 'restart-app',
  },
  'ipc/grant-expired': {
    title: 'The choice of folder is out of date',
    meaning: 'Nothing was changed.',
    advice: 'Choose the folder again.',
    action: 'choose-folder',
  },
  'ipc/unknown-item': {
    title: 'This item no longer exists',
    meaning: 'Nothing was changed.',
    advice: 'Go back and choose again.',
    action: 'start-over',
  },
  'engine/crashed': {
    title: 'The backup engine stopped unexpectedly',
    meaning:
      'Finished archives are safe. The run was interrupted and continues where it stopped when you start it again.',
    advice: 'Start it again.',
    action: 'retry',
  },
  'engine/busy': {
    title: 'Holdfast is already working on this',
    meaning: 'Nothing was changed.',
    advice: 'Wait until the run has finished.',
    action: 'dismiss',
  },
  'job/cancelled': {
    title: 'Cancelled',
    meaning: 'Earlier archives are safe. What was already stored is used by the next run.',
    advice: 'Start again whenever you like.',
    action: 'retry',
  },
  'job/not-running': {
    title: 'This run has already ended',
    meaning: 'Nothing was changed.',
    advice: 'Look at its result on Status.',
    action: 'dismiss',
  },
  'internal/unexpected': {
    title: 'Something unexpected happened',
    meaning: 'Finished archives are safe, and your own files are untouched.',
    advice: 'Try again. If it happens again, report it with the technical details.',
    action: 'retry',
  },
};

/** Fills `{{name}}` from the context; a name that is not there is left out together with its braces. */
export function fillIn(text: string, context: ErrorContext): string {
  return text
    .replace(/\{\{(\w+)\}\}/gu, (_, name: string) => String(context[name] ?? ''))
    .replace(/ +(?=[.,])/gu, '')
    .trim();
}

/** Codes cross boundaries as text. */
export function asErrorCode(text: string | null): ErrorCode | null {
  return text !== null && text in errorCatalog ? (text as ErrorCode) : null;
}

/** Nothing goes on until the person has signed in anew, or corrected what they signed in with. */
export function asksForSignIn(code: ErrorCode): boolean {
  return errorCatalog[code].action === 'reconnect';
}
