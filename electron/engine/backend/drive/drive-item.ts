/** Files and folders as Google tells them. */
import type { drive_v3 } from 'googleapis/build/src/apis/drive/index.js';
import { HoldfastError } from '../../../../shared/errors.ts';
import type { DriveFile } from './drive-index.ts';

export const FOLDER_TYPE = 'application/vnd.google-apps.folder';
export const BINARY_TYPE = 'application/octet-stream';
/** What is asked for of each. */
export const FILE_FIELDS =
  'id,name,mimeType,parents,size,md5Checksum,sha256Checksum,trashed,createdTime,modifiedTime';

/** A file or folder as Google tells it. */
export interface DriveItem {
  readonly id: string;
  readonly name: string;
  readonly isFolder: boolean;
  readonly parent: string | null;
  /** null for folders and for Google's own documents. */
  readonly sizeBytes: number | null;
  readonly md5: string | null;
  /** Can be missing; then md5 and size have to do. */
  readonly sha256: string | null;
  readonly isTrashed: boolean;
  readonly createdMs: number;
}

/** As the index keeps it. */
export function fileOf({ id, sizeBytes, md5, sha256, createdMs }: DriveItem): DriveFile {
  return { id, sizeBytes: sizeBytes ?? 0, md5, sha256, createdMs };
}

/** To be made, under an id that was asked for beforehand. */
export interface NewFile {
  readonly id: string;
  readonly name: string;
  readonly parent: string;
}

export function itemOf(file: drive_v3.Schema$File): DriveItem {
  return {
    id: file.id ?? '',
    name: file.name ?? '',
    isFolder: file.mimeType === FOLDER_TYPE,
    parent: file.parents?.[0] ?? null,
    sizeBytes: file.size == null ? null : Number(file.size),
    md5: file.md5Checksum ?? null,
    sha256: file.sha256Checksum ?? null,
    isTrashed: file.trashed === true,
    createdMs: Date.parse(file.createdTime ?? '') || 0,
  };
}

/** What is gone is null, not a failure. */
export async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'backend/not-found') return null;
    throw error;
  }
}
