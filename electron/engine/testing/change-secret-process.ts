/**
 * One change of the secret in a process of its own, step by step as the app does it, so that tests can kill it at any moment:
 * `change-secret-process.ts REPOSITORY OLD NEW KIND`. Prints `ready` before the first step and `done` after the last.
 */
import { createEngine } from '../engine.ts';
import { testPorts } from './engine-means.ts';

const [path, oldSecret, secret, kind] = process.argv.slice(2);
if (path === undefined || oldSecret === undefined || secret === undefined) {
  throw new Error('repository, old and new secret are needed');
}
const secretKind = kind === 'password' ? 'password' : 'key';
const location = { kind: 'local', path } as const;
const engine = createEngine(testPorts());
const old = await engine.call('repository:unlock', {
  location,
  credentials: null,
  secret: oldSecret,
});
process.stdout.write('ready\n');
const added = await engine.call('keys:add', {
  access: { location, credentials: null, keyId: old.keyId, slotKey: old.slotKey },
  secret,
  secretKind,
});
await engine.call('keys:remove', {
  access: { location, credentials: null, keyId: added.keyId, slotKey: added.slotKey },
  keyId: old.keyId,
});
process.stdout.write('done\n');
