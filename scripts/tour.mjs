// `npm run tour`: the guided tour in the real window, on real files, with numbered screenshots in tour/.
import { becomeNode24, setUp } from './setup.mjs';

setUp();
becomeNode24(['e2e/tour/tour.ts']);
