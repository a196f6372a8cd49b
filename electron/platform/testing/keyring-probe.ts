// Run by the secret store's tests on a private D-Bus session: tells what the real keychain does with a secret.
import { SecretStore } from '../secret-store.ts';

const secret = {
  keyId: 'ab'.repeat(32),
  slotKey: new Uint8Array(64).fill(7),
  recoveryKey: new Uint8Array(32).fill(9),
};
const writer = new SecretStore();
const stored = await writer.set('repository', secret);
// Another one, as after a restart: it has nothing in memory.
const reader = new SecretStore();
const read = await reader.get('repository');
process.stdout.write(
  JSON.stringify({
    problem: await writer.problem(),
    stored,
    inMemory: (await writer.get('repository'))?.keyId === secret.keyId,
    readBack:
      read?.recoveryKey?.every((byte) => byte === 9) === true &&
      read.slotKey.every((byte) => byte === 7),
  }),
);
