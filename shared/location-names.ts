/** How a place is named to people, and to restic. */
import type { Location } from './model/destination.ts';

/** The folder on this computer; null where the repository lies elsewhere. */
export function folderOf(location: Location): string | null {
  return location.kind === 'local' || location.kind === 'icloud' ? location.path : null;
}

/** The last folder of a path of either system. */
export function lastFolder(path: string): string {
  return path.split(/[/\\]/u).findLast(Boolean) ?? path;
}

/** Short: the label of a new destination. */
export function labelFor(location: Location): string {
  return location.kind === 's3' && location.path === ''
    ? location.bucket
    : lastFolder(location.path);
}

/** Whole, in a line, without secrets. */
export function placeText(location: Location): string {
  switch (location.kind) {
    case 'local':
    case 'icloud':
      return location.path;
    case 'gdrive':
      return `Google Drive (${location.accountName}): ${location.path}`;
    case 's3':
      return resticPlace(location);
    default:
      return location satisfies never;
  }
}

/** What restic takes after `-r`. Google Drive goes by a remote of rclone that is named `gdrive`. */
export function resticPlace(location: Location): string {
  switch (location.kind) {
    case 'local':
    case 'icloud':
      return location.path;
    case 'gdrive':
      return `rclone:gdrive:${location.path}`;
    case 's3':
      return `s3:${[location.endpoint.replace(/\/+$/u, ''), location.bucket, location.path].filter(Boolean).join('/')}`;
    default:
      return location satisfies never;
  }
}

/** The folder's name for a computer: each has a backup of its own where locks reach others late. */
export function folderForComputer(computerName: string): string {
  return computerName.replaceAll(/[/\\:]+/gu, '-') || 'Backup';
}

/** iCloud Drive brings files to other computers hours late: two that write to one backup would not see each other. */
export function belongsToAnother(location: Location, computerName: string): boolean {
  return (
    location.kind === 'icloud' &&
    !lastFolder(location.path).startsWith(folderForComputer(computerName))
  );
}

/** What iCloud Drive of macOS 13 and before leaves in the place of a file that it took off the disk. */
export function stubOf(name: string): string {
  return `.${name}.icloud`;
}
