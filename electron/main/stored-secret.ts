/** What this computer keeps of a secret that opens a backup. */
import type { Unlocked } from '../../shared/ipc/engine-contract.ts';
import { parseRecoveryKey } from '../../shared/recovery-key.ts';
import type { StoredSecret } from '../platform/secret-store.ts';

/** What the keychain keeps: in key mode the digits, too, so that they can be shown later; a password never. */
export function storedSecret(unlocked: Unlocked, secret: string): StoredSecret {
  const parsed = parseRecoveryKey(secret);
  return {
    keyId: unlocked.keyId,
    slotKey: unlocked.slotKey,
    recoveryKey:
      unlocked.secretKind === 'key' && parsed.ok
        ? new Uint8Array(Buffer.from(parsed.key, 'hex'))
        : null,
  };
}
