// `npm test`: sets up what is missing, then runs every check and test under the project's Node 24.
import { becomeNode24, setUp } from './setup.mjs';

setUp();
becomeNode24(['scripts/run-all-checks.ts', ...process.argv.slice(2)]);
