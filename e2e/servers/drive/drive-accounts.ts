/** Sign-in as Google does it for desktop apps: consent page, code with PKCE, tokens, refresh, revocation. */
import { createHash, randomBytes } from 'node:crypto';
import type { DriveFaults } from './drive-faults.ts';

export interface Account {
  readonly permissionId: string;
  readonly emailAddress: string;
  readonly displayName: string;
}

interface PendingCode {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly scope: string;
  readonly account: Account;
}

interface Grant {
  readonly clientId: string;
  readonly scope: string;
  readonly account: Account;
}

interface AccessToken extends Grant {
  callsLeft: number;
}

export type TokenAnswer = { readonly status: number; readonly body: Record<string, unknown> };

export class DriveAccounts {
  /** Who is signed in at the "browser" now. */
  account: Account = {
    permissionId: '0001',
    emailAddress: 'anna@example.com',
    displayName: 'Anna Example',
  };
  /** What the person does on the consent page. */
  consent: 'allow' | 'deny' | 'untick' = 'allow';
  readonly clients = new Map<string, string>([['test-client', 'test-secret']]);
  refreshes = 0;
  /** Every code and token that was given to somebody: whoever has one gets in. */
  readonly handedOut: string[] = [];
  readonly #codes = new Map<string, PendingCode>();
  readonly #refreshTokens = new Map<string, Grant>();
  readonly #accessTokens = new Map<string, AccessToken>();
  readonly #faults: DriveFaults;

  constructor(faults: DriveFaults) {
    this.#faults = faults;
  }

  /** Where the browser is sent from the consent page, or what is wrong with the request. */
  /** As when the permission is withdrawn: what was handed out is worth nothing at once. */
  endSessions(): void {
    this.#accessTokens.clear();
  }

  authorize(query: URLSearchParams): { redirect: string } | { problem: string } {
    const clientId = query.get('client_id') ?? '';
    const redirectUri = query.get('redirect_uri') ?? '';
    if (!this.clients.has(clientId)) return { problem: 'invalid_client' };
    if (!/^http:\/\/127\.0\.0\.1:\d+\//u.test(redirectUri))
      return { problem: 'redirect_uri_mismatch' };
    if (query.get('response_type') !== 'code') return { problem: 'unsupported_response_type' };
    if (query.get('code_challenge_method') !== 'S256') return { problem: 'PKCE is required here' };
    const target = new URL(redirectUri);
    target.searchParams.set('state', query.get('state') ?? '');
    if (this.consent === 'deny') {
      target.searchParams.set('error', 'access_denied');
      return { redirect: target.href };
    }
    const code = randomBytes(20).toString('base64url');
    const scope = this.consent === 'untick' ? 'openid' : (query.get('scope') ?? '');
    this.handedOut.push(code);
    this.#codes.set(code, {
      clientId,
      redirectUri,
      challenge: query.get('code_challenge') ?? '',
      scope,
      account: this.account,
    });
    target.searchParams.set('code', code);
    target.searchParams.set('scope', scope);
    return { redirect: target.href };
  }

  token(form: URLSearchParams): TokenAnswer {
    if (this.#faults.tokenTrouble) return { status: 503, body: { error: 'backend_error' } };
    const clientId = form.get('client_id') ?? '';
    if (this.clients.get(clientId) !== form.get('client_secret')) {
      return {
        status: 401,
        body: { error: 'invalid_client', error_description: 'The OAuth client was not found.' },
      };
    }
    if (form.get('grant_type') === 'authorization_code') return this.#exchange(clientId, form);
    return this.#refresh(clientId, form);
  }

  revoke(token: string): boolean {
    const known = this.#refreshTokens.get(token) ?? this.#accessTokens.get(token);
    if (known === undefined) return false;
    for (const [refresh, grant] of this.#refreshTokens) {
      if (grant.clientId === known.clientId) this.#refreshTokens.delete(refresh);
    }
    for (const [access, grant] of this.#accessTokens) {
      if (grant.clientId === known.clientId) this.#accessTokens.delete(access);
    }
    return true;
  }

  /** A refresh token as if somebody had signed in. */
  signedIn(clientId = 'test-client', scope = 'https://www.googleapis.com/auth/drive.file'): string {
    const token = `1//${randomBytes(20).toString('base64url')}`;
    this.#refreshTokens.set(token, { clientId, scope, account: this.account });
    return token;
  }

  /** null for a token that is unknown or has expired. */
  check(token: string): Grant | null {
    const access = this.#accessTokens.get(token);
    if (access === undefined || access.callsLeft <= 0) return null;
    access.callsLeft -= 1;
    return access;
  }

  expireAll(): void {
    this.#accessTokens.clear();
  }

  #exchange(clientId: string, form: URLSearchParams): TokenAnswer {
    const code = this.#codes.get(form.get('code') ?? '');
    this.#codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (
      code === undefined ||
      code.clientId !== clientId ||
      code.redirectUri !== form.get('redirect_uri') ||
      code.challenge !== challenge
    ) {
      return { status: 400, body: { error: 'invalid_grant', error_description: 'Bad Request' } };
    }
    const refresh = `1//${randomBytes(20).toString('base64url')}`;
    this.handedOut.push(refresh);
    this.#refreshTokens.set(refresh, code);
    return {
      status: 200,
      body: { ...this.#access(code), refresh_token: refresh, scope: code.scope },
    };
  }

  #refresh(clientId: string, form: URLSearchParams): TokenAnswer {
    const grant = this.#refreshTokens.get(form.get('refresh_token') ?? '');
    if (grant === undefined || grant.clientId !== clientId || this.#faults.revoked) {
      return {
        status: 400,
        body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
      };
    }
    this.refreshes += 1;
    return { status: 200, body: { ...this.#access(grant), scope: grant.scope } };
  }

  #access(grant: Grant): Record<string, unknown> {
    const token = `ya29.${randomBytes(20).toString('base64url')}`;
    this.handedOut.push(token);
    this.#accessTokens.set(token, { ...grant, callsLeft: this.#faults.callsPerToken });
    return { access_token: token, expires_in: 3599, token_type: 'Bearer' };
  }
}
