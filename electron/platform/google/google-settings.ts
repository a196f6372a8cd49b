/**
 * Which client Holdfast is to Google, and where Google's servers are. Both can be set in the environment, so that the app and the command
 * line can be tested against servers of one's own; packaged builds do not listen to it.
 */
import { HoldfastError } from '../../../shared/errors.ts';
import type { GoogleServers } from '../../../shared/model/destination.ts';

export interface GoogleClient {
  readonly clientId: string;
  /** Desktop apps cannot keep it; Google issues it all the same. */
  readonly clientSecret: string;
}

export interface GoogleSettings {
  readonly servers: GoogleServers;
  /** null where the build has none and the environment names none: the person brings their own. */
  readonly client: GoogleClient | null;
  /** Other servers than Google's are in force: to be shown. */
  readonly isRedirected: boolean;
}

const GOOGLE: GoogleServers = {
  apiUrl: 'https://www.googleapis.com/',
  authUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
  tokenUrl: 'https://oauth2.googleapis.com/token',
  revokeUrl: 'https://oauth2.googleapis.com/revoke',
};
const VARIABLES: Readonly<Record<keyof GoogleServers, string>> = {
  apiUrl: 'HOLDFAST_GOOGLE_API_URL',
  authUrl: 'HOLDFAST_GOOGLE_AUTH_URL',
  tokenUrl: 'HOLDFAST_GOOGLE_TOKEN_URL',
  revokeUrl: 'HOLDFAST_GOOGLE_REVOKE_URL',
};
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Put in by the build; there is none when the sources run as they are. */
declare const BUILT_GOOGLE_CLIENT: GoogleClient | null | undefined;

/** @throws HoldfastError `sign-in/failed` for an address that is neither https nor on this computer */
export function googleSettings(env: NodeJS.ProcessEnv, isPackaged: boolean): GoogleSettings {
  const built = typeof BUILT_GOOGLE_CLIENT === 'undefined' ? null : BUILT_GOOGLE_CLIENT;
  if (isPackaged) return { servers: GOOGLE, client: built ?? null, isRedirected: false };
  const servers = { ...GOOGLE };
  let isRedirected = false;
  for (const [key, variable] of Object.entries(VARIABLES)) {
    const value = env[variable];
    if (value === undefined || value === '') continue;
    servers[key as keyof GoogleServers] = checkedUrl(value, variable);
    isRedirected = true;
  }
  const clientId = env['HOLDFAST_GOOGLE_CLIENT_ID'] ?? '';
  const clientSecret = env['HOLDFAST_GOOGLE_CLIENT_SECRET'] ?? '';
  const client = clientId === '' ? (built ?? null) : { clientId, clientSecret };
  const apiUrl = servers.apiUrl.endsWith('/') ? servers.apiUrl : `${servers.apiUrl}/`;
  return { servers: { ...servers, apiUrl }, client, isRedirected };
}

function checkedUrl(value: string, variable: string): string {
  const url = URL.parse(value);
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname));
  if (url === null || !isSafe || url.username !== '' || url.password !== '') {
    throw new HoldfastError('sign-in/failed', {
      context: { reason: `${variable} must be an https address, or one on this computer` },
    });
  }
  return value;
}
