import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startKeyring, withoutKeyring } from './keyring.ts';

const run = promisify(execFile);
/** In a process of its own, since the bus is read from the environment. */
const storeAndRead = `
  const keytar = require('keytar');
  keytar.setPassword('holdfast-test', 'ünï', 'sëcret')
    .then(() => keytar.getPassword('holdfast-test', 'ünï'))
    .then((text) => process.stdout.write(text), (error) => { console.error(error.message); process.exit(3); });
`;

describe('the keyring for tests', () => {
  it('keeps a secret, and is gone when it is stopped', async () => {
    const keyring = await startKeyring();
    const env = { ...process.env, ...keyring.env };
    const { stdout } = await run(process.execPath, ['-e', storeAndRead], { env });
    expect(stdout).toBe('sëcret');
    await keyring.stop();
    const after = spawnSync(process.execPath, ['-e', storeAndRead], { env });
    expect(after.status).toBe(3);
  });

  it('can be away', () => {
    const env = { ...process.env, ...withoutKeyring };
    expect(spawnSync(process.execPath, ['-e', storeAndRead], { env }).status).toBe(3);
  });
});
