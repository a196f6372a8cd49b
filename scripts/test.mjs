// `npm test`: sets up what is missing, then runs every check and test under the project's Node 24.
import { becomeNode24, setUp } from './setup.mjs';

const args = process.argv.slice(2);
setUp({ forLongTests: args.includes('--full') });
becomeNode24(['scripts/run-all-checks.ts', ...args]);
