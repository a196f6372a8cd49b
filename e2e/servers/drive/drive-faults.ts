/** What the server does wrong, switchable while it runs. Chances are drawn from a seeded generator: a failing run fails the same way again. */
export interface DriveFaults {
  /** Chance that a call is answered 403 `rateLimitExceeded`. */
  rateLimited: number;
  /** Seconds in a Retry-After header of those answers; none when null. */
  retryAfterSeconds: number | null;
  /** Chance of a 503. */
  unavailable: number;
  /** Chance that an upload's connection is cut at a random byte. */
  cutUploads: number;
  /** The line of each upload is cut after so many bytes; never when null. */
  cutUploadsAfterBytes: number | null;
  /** Chance that a create or an upload happens and its answer is lost. */
  loseAnswers: number;
  /** Chance that one bit of a download is turned over. */
  flipDownloads: number;
  /** Chance that a download breaks in the middle. */
  cutDownloads: number;
  /** Chance that an upload session is forgotten when it is used. */
  loseSessions: number;
  /** Calls that an access token lives for. */
  callsPerToken: number;
  /** How far `files.list` is behind. */
  listLagMs: number;
  /** How far `changes.list` is behind. */
  changesLagMs: number;
  /** Bytes the account may hold. */
  quotaBytes: number;
  /** Refresh tokens are refused with `invalid_grant`. */
  revoked: boolean;
  /** The endpoints that give tokens and take them back answer 503. */
  tokenTrouble: boolean;
  /** Answers and listings carry `sha256Checksum`. */
  withSha256: boolean;
  /** Range requests are answered 200 with everything. */
  ignoresRanges: boolean;
  /** `files.list` with several parents finds nothing. */
  deafToSeveralParents: boolean;
  /** Every call is answered with this reason (and 403), or null. */
  refuseWith: {
    readonly status: number;
    readonly reason: string;
    readonly message?: string;
  } | null;
  /** Only uploads are refused so. */
  refuseUploadsWith: {
    readonly status: number;
    readonly reason: string;
    readonly message?: string;
  } | null;
  /** The next download is refused so. */
  refuseDownloadsOnce: { readonly status: number; readonly reason: string } | null;
  /** Before each answer. */
  latencyMs: number;
  /** Of the line, up and down each; null for no limit. */
  bytesPerSecond: number | null;
  /** The next so many uploads stop taking bytes and say nothing. */
  stallUploads: number;
  /** The next so many requests of any kind, those for tokens too, are never answered. */
  silent: number;
  /** The next so many requests for a token are never answered. */
  silentTokens: number;
  /** The next so many downloads stop in the middle and say nothing. */
  stallDownloads: number;
  /** Listings say that they are not the whole truth. */
  incompleteSearch: boolean;
  /** Downloads are held back as harmful until the owner insists. */
  flagged: boolean;
}

export const noFaults: Readonly<DriveFaults> = {
  rateLimited: 0,
  retryAfterSeconds: null,
  unavailable: 0,
  cutUploads: 0,
  cutUploadsAfterBytes: null,
  loseAnswers: 0,
  flipDownloads: 0,
  cutDownloads: 0,
  loseSessions: 0,
  callsPerToken: Number.POSITIVE_INFINITY,
  listLagMs: 0,
  changesLagMs: 0,
  quotaBytes: Number.POSITIVE_INFINITY,
  revoked: false,
  tokenTrouble: false,
  withSha256: true,
  ignoresRanges: false,
  deafToSeveralParents: false,
  refuseWith: null,
  refuseUploadsWith: null,
  latencyMs: 0,
  bytesPerSecond: null,
  stallUploads: 0,
  silent: 0,
  silentTokens: 0,
  refuseDownloadsOnce: null,
  stallDownloads: 0,
  incompleteSearch: false,
  flagged: false,
};

/** A small generator (mulberry32): 0 to 1. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
