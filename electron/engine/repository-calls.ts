/** The calls about a repository as such: finding, making and opening one, and its key slots. */
import { HoldfastError } from '../../shared/errors.ts';
import type {
  EngineCallName,
  EngineCallParams,
  EngineCallResult,
  Unlocked,
} from '../../shared/ipc/engine-contract.ts';
import type { SecretKind } from '../../shared/model/protection.ts';
import { parseRecoveryKey } from '../../shared/recovery-key.ts';
import type { Storages } from './backend/storages.ts';
import { findRepositories } from './find-repositories.ts';
import { formatGoTime } from './format/go-time.ts';
import { decodeMasterKey, encodeMasterKey } from './format/key-file.ts';
import { inspectLocation } from './inspect-location.ts';
import type { EnginePorts } from './ports.ts';
import type { RepositorySessions } from './repository-sessions.ts';
import {
  addPreparedKey,
  listKeys,
  prepareKey,
  removeKey,
  type SlotAccess,
} from './repository/key-slots.ts';
import {
  keySlotKdf,
  passwordSlotKdf,
  Repository,
  type SlotOptions,
} from './repository/repository.ts';
import { secretCandidates } from './repository/secret-candidates.ts';

export type CallHandlers = {
  readonly [Name in EngineCallName]: (
    params: EngineCallParams<Name>,
    signal: AbortSignal,
  ) => Promise<EngineCallResult<Name>>;
};

/** In key files, which are readable without the secret, stands nothing about the person. */
const NEUTRAL_NAME = 'holdfast';

type RepositoryCallName = Extract<EngineCallName, `repository:${string}` | `keys:${string}`>;

export function repositoryCalls(
  ports: EnginePorts,
  storages: Storages,
  sessions: RepositorySessions,
): Pick<CallHandlers, Exclude<RepositoryCallName, 'repository:size'>> {
  return {
    'repository:inspect': async (place, signal) =>
      inspectLocation(place.location, await storages.open(place), signal),

    'repository:find': (place, signal) => findRepositories(place, storages, signal),

    'repository:prepare': async () => {
      const { masterKey, sealedConfig, fingerprint } = Repository.prepare();
      return {
        fingerprint,
        prepared: {
          masterKey: new Uint8Array(encodeMasterKey(masterKey)),
          sealedConfig: new Uint8Array(sealedConfig),
        },
      };
    },

    'repository:create': async ({ secret, secretKind, prepared, ...place }, signal) => {
      const { location } = place;
      const backend = await storages.open(place);
      const { state } = await inspectLocation(location, backend, signal);
      if (state === 'other-files') {
        // Folders and keys without a config are an unfinished repository, which `create` refuses more exactly.
        const keys = await backend.list('key', signal)[Symbol.asyncIterator]().next();
        if (keys.done === true) {
          throw new HoldfastError('repo/not-empty', { context: { path: location.path } });
        }
      }
      const text = newSecret(secret, secretKind);
      const options = {
        secret: new TextEncoder().encode(text),
        slot: slotFor(secretKind),
        ...(prepared === undefined
          ? {}
          : { prepared: { ...prepared, masterKey: decodeMasterKey(prepared.masterKey) } }),
      };
      const repository = await Repository.create(backend, ports, options, signal);
      return describeUnlocked(repository, repository, text);
    },

    'repository:unlock': async ({ secret, keyId, ...place }, signal) => {
      const backend = await storages.open(place);
      let wrong: unknown = new HoldfastError('repo/wrong-secret');
      for (const candidate of secretCandidates(secret)) {
        try {
          const credential = {
            kind: 'secret',
            secret: candidate,
            ...(keyId === undefined ? {} : { keyId }),
          } as const;
          const repository = await Repository.open(backend, ports, credential, signal);
          return await describeUnlocked(
            repository,
            repository,
            new TextDecoder().decode(candidate),
          );
        } catch (error) {
          if (!(error instanceof HoldfastError) || error.code !== 'repo/wrong-secret') throw error;
          wrong = error;
        }
      }
      throw wrong;
    },

    'keys:list': async ({ access }, signal) => {
      const { repository } = await sessions.open(access, 'read', signal);
      return (await listKeys(repository, signal)).map(({ id, keyFile, isCurrent }) => ({
        keyId: id,
        createdAt: keyFile === null ? null : formatGoTime(keyFile.created),
        hostname: keyFile?.hostname ?? null,
        username: keyFile?.username ?? null,
        isCurrent,
      }));
    },

    'keys:prepare': async ({ access, secret, secretKind }, signal) => {
      const { repository } = await sessions.open(access, 'read', signal);
      const bytes = new TextEncoder().encode(newSecret(secret, secretKind));
      const { keyId, keyFile } = await prepareKey(repository, bytes, slotFor(secretKind));
      return { keyId, keyFile: Uint8Array.from(keyFile) };
    },

    'keys:add': async ({ access, secret, secretKind, prepared }, signal) => {
      const { repository } = await sessions.open(access, 'read', signal);
      const text = newSecret(secret, secretKind);
      const bytes = new TextEncoder().encode(text);
      const slot = await addPreparedKey(repository, bytes, prepared, signal);
      return describeUnlocked(repository, slot, text);
    },

    'keys:remove': async ({ access, keyId }, signal) => {
      const { repository } = await sessions.open(access, 'read', signal);
      await removeKey(repository, keyId, signal);
      return null;
    },
  };
}

function keyDigits(secret: string): string {
  const parsed = parseRecoveryKey(secret);
  if (!parsed.ok)
    throw new HoldfastError('secret/invalid-key', { context: { problem: parsed.problem.kind } });
  return parsed.key;
}

/** The text whose UTF-8 bytes become the restic password of a new slot. */
function newSecret(secret: string, kind: SecretKind): string {
  return kind === 'key' ? keyDigits(secret) : secret.normalize('NFC');
}

function slotFor(kind: SecretKind): SlotOptions {
  return {
    kdf: kind === 'key' ? keySlotKdf : passwordSlotKdf,
    username: NEUTRAL_NAME,
    hostname: NEUTRAL_NAME,
  };
}

async function describeUnlocked(
  repository: Repository,
  slot: SlotAccess,
  secret: string,
): Promise<Unlocked> {
  const folderId = await repository.backend.folderId?.();
  return {
    repositoryId: repository.config.id,
    fingerprint: repository.fingerprint,
    keyId: slot.keyId,
    slotKey: new Uint8Array(slot.slotKey),
    secretKind: /^[0-9a-f]{64}$/u.test(secret) ? 'key' : 'password',
    ...(typeof folderId === 'string' ? { folderId } : {}),
  };
}
