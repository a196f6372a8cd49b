// Run by the secret store's tests on a private D-Bus session: tells what the real keychain does with a secret.
import { SecretStore } from '../secret-store.ts';

const secret = {
  keyId: 'ab'.repeat(32),
  slotKey: new Uint8Array(64).fill(7),
  recoveryKey: '0'.repeat(64),
};
const writer = await SecretStore.open();
const stored = await writer.set('repository', secret);
// Another one, as after a restart: it has nothing in memory.
const reader = await SecretStore.open();
const read = await reader.get('repository');
await reader.delete('repository');
const after = await (await SecretStore.open()).get('repository');
process.stdout.write(
  JSON.stringify({
    isPersistent: writer.isPersistent,
    stored,
    inMemory: (await writer.get('repository'))?.keyId === secret.keyId,
    readBack: read?.recoveryKey === secret.recoveryKey && read.slotKey.every((byte) => byte === 7),
    after: after === null,
  }),
);
