/** Opens a repository's `config` with what a person or a keychain has: whatever slot it fits, the config must be sealed with that slot's key. */
import { HoldfastError } from '../../../shared/errors.ts';
import type { Backend } from '../backend/backend.ts';
import { open } from '../crypto/sealed.ts';
import { decodeConfig, type Config } from '../format/config-file.ts';
import type { Id } from '../format/id.ts';
import type { EnginePorts } from '../ports.ts';
import { openSlotWithKey, slotsOpenedBy, type OpenedSlot } from './key-slots.ts';
import { damaged } from './sealed-files.ts';

/** What opens a repository: a secret as its exact bytes, or a slot's 64 derived bytes as they are kept in a keychain. */
export type Credential =
  /** `keyId`: just that slot is tried. */
  | { readonly kind: 'secret'; readonly secret: Uint8Array; readonly keyId?: Id }
  | { readonly kind: 'slot'; readonly keyId: Id; readonly slotKey: Uint8Array };

/**
 * `stored` is the `config` file.
 * @throws HoldfastError `repo/wrong-secret`, `repo/too-expensive-key`, `repo/unsupported-version`, `repo/damaged`
 */
export async function unlock(
  backend: Backend,
  { log }: EnginePorts,
  credential: Credential,
  stored: Buffer,
  signal?: AbortSignal,
): Promise<{ readonly config: Config; readonly slot: OpenedSlot }> {
  if (credential.kind === 'slot') {
    const slot = await openSlotWithKey(backend, credential, signal);
    const config = decryptConfig(slot, stored);
    if (config === null) throw damaged('config', '', 'it was altered');
    return { config, slot };
  }
  let opened = 0;
  try {
    for await (const slot of slotsOpenedBy(
      backend,
      credential.secret,
      log,
      signal,
      credential.keyId ?? null,
    )) {
      opened += 1;
      const config = decryptConfig(slot, stored);
      if (config !== null) return { config, slot };
    }
  } catch (error) {
    // The secret was right, so it is the config that is wrong.
    if (opened === 0 || !(error instanceof HoldfastError)) throw error;
    throw damaged('config', '', 'it was altered', error);
  }
  throw damaged('config', '', 'it was altered');
}

/** null when it was not sealed with this master key. */
function decryptConfig({ masterKey }: OpenedSlot, stored: Buffer): Config | null {
  try {
    return decodeConfig(open(masterKey, stored));
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    if (error.code === 'crypto/not-authentic') return null;
    if (error.code.startsWith('format/'))
      throw damaged('config', '', 'it has an unknown form', error);
    throw error;
  }
}
