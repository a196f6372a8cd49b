/**
 * One change of the secret in a process of its own, so that tests can kill it at any moment: `change-process.ts FOLDER KIND [PASSWORD]`.
 * Prints `ready SECRET` before the first step and `done` after the last.
 */
import { computerIn, DESTINATION_ID } from './computer.ts';

const [folder = '', kind, password = ''] = process.argv.slice(2);
const { handlers, context } = await computerIn(folder);
// The keychain's probe is no part of the change.
await context.secrets.problem();
const made = await handlers['protection:make-draft']({
  kind: kind === 'password' ? 'password' : 'key',
  destinationId: DESTINATION_ID,
});
const { draftId } = made;
const key = context.drafts.keyOf(draftId);
process.stdout.write(`ready ${key ?? password}\n`);
await handlers['keys:change']({
  destinationId: DESTINATION_ID,
  protection:
    key === null
      ? { kind: 'password', draftId, password, retyped: null }
      : { kind: 'key', draftId, proofPostponed: true },
});
process.stdout.write('done\n');
