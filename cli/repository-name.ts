/** What `--repo` says, as the place that it means. The spellings of folders and of `s3:` are restic's. */
import { join, resolve } from 'node:path';
import { iCloudFolder } from '../electron/platform/icloud-folder.ts';
import { HoldfastError } from '../shared/errors.ts';
import type { Credentials, LocationOf } from '../shared/model/destination.ts';

/** Google Drive needs a sign-in before it is a place. */
export type RepositoryName =
  | { readonly location: LocationOf<'local' | 'icloud'>; readonly credentials: null }
  | { readonly location: LocationOf<'s3'>; readonly credentials: Credentials }
  | { readonly location: 'gdrive'; readonly path: string };

const USUAL_REGION = 'us-east-1';

/** @throws HoldfastError `icloud/off`; RangeError with a word about the spelling, or about keys that are not in the environment */
export function parseRepositoryName(repo: string, env: NodeJS.ProcessEnv): RepositoryName {
  if (repo.startsWith('gdrive:')) {
    const path = foldersIn(repo.slice('gdrive:'.length));
    if (path === '') throw new RangeError('name a folder on Google Drive: gdrive:Folder');
    return { location: 'gdrive', path };
  }
  if (repo.startsWith('icloud:')) {
    const path = foldersIn(repo.slice('icloud:'.length));
    if (path === '') throw new RangeError('name a folder in iCloud Drive: icloud:Folder');
    const drive = iCloudFolder(env);
    if (drive === null) throw new HoldfastError('icloud/off');
    return { location: { kind: 'icloud', path: join(drive, path) }, credentials: null };
  }
  if (repo.startsWith('s3:')) return s3Name(repo.slice('s3:'.length), env);
  return { location: { kind: 'local', path: resolve(repo) }, credentials: null };
}

/** `https://host/bucket/prefix`, or without `https://`. The environment variables are those of Amazon's own tools. */
function s3Name(name: string, env: NodeJS.ProcessEnv): RepositoryName {
  const url = URL.parse(/^https?:\/\//iu.test(name) ? name : `https://${name}`);
  const [bucket, ...path] = (url?.pathname ?? '')
    .split('/')
    .filter(Boolean)
    .map(decodeURIComponent);
  if (url === null || bucket === undefined || url.username !== '') {
    throw new RangeError('write s3:https://host/bucket/prefix');
  }
  const {
    AWS_ACCESS_KEY_ID: accessKeyId = '',
    AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
    AWS_DEFAULT_REGION: region = USUAL_REGION,
  } = env;
  const missing = [
    ...(accessKeyId === '' ? ['AWS_ACCESS_KEY_ID'] : []),
    ...(secretAccessKey === '' ? ['AWS_SECRET_ACCESS_KEY'] : []),
  ];
  if (missing.length > 0) {
    throw new RangeError(
      `${missing.join(' and ')} must be set in the environment: the access key of the storage`,
    );
  }
  return {
    location: {
      kind: 's3',
      endpoint: url.origin,
      region,
      bucket,
      path: path.join('/'),
      pathStyle: !url.hostname.endsWith('.amazonaws.com'),
    },
    credentials: { kind: 's3', accessKeyId, secretAccessKey },
  };
}

function foldersIn(path: string): string {
  return path.split('/').filter(Boolean).join('/');
}
