/** Where sockets can be: their paths must stay under 108 bytes, Chromium's own below its profile included. */
import { tmpdir } from 'node:os';

const LONGEST_BYTES = 40;

export function shortTemporaryFolder(): string {
  const usual = tmpdir();
  return Buffer.byteLength(usual) <= LONGEST_BYTES ? usual : '/tmp';
}
