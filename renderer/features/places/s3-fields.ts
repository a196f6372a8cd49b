/** What the form for S3-compatible storage holds, and what becomes of it. */
import type { RequestParams } from '../../../shared/ipc/contract.ts';

export interface S3Fields {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly path: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly pathStyle: boolean;
}

export const noS3Fields: S3Fields = {
  endpoint: '',
  region: '',
  bucket: '',
  path: 'holdfast',
  accessKeyId: '',
  secretAccessKey: '',
  pathStyle: true,
};

/** What services that have no regions take. */
const USUAL_REGION = 'us-east-1';

export function isComplete(fields: S3Fields): boolean {
  const { endpoint, bucket, accessKeyId, secretAccessKey } = fields;
  return (
    [bucket, accessKeyId, secretAccessKey].every((text) => text.trim() !== '') &&
    URL.canParse(addressOf(endpoint))
  );
}

export function toS3Request(fields: S3Fields): Omit<RequestParams<'places:s3'>, 'purpose'> {
  return {
    endpoint: addressOf(fields.endpoint),
    region: fields.region.trim() || USUAL_REGION,
    bucket: fields.bucket.trim(),
    path: fields.path.trim(),
    pathStyle: fields.pathStyle,
    accessKeyId: fields.accessKeyId.trim(),
    secretAccessKey: fields.secretAccessKey.trim(),
  };
}

/** Providers show the bare name of the host. */
function addressOf(text: string): string {
  const trimmed = text.trim().replace(/\/+$/u, '');
  return /^https?:\/\//iu.test(trimmed) || trimmed === '' ? trimmed : `https://${trimmed}`;
}
