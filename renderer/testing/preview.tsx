/**
 * The window without a main process, to look at while building it: `npx vite renderer`, then
 * `/testing/preview.html?scenario=running&found=repository&lang=de`.
 */
import { fakePageApi, type FakeOptions } from './fake-page-api.ts';
import { isScenarioName, scenarios } from './scenarios.ts';

const asked = new URLSearchParams(location.search);
const name = asked.get('scenario') ?? 'fresh';
const { state, jobs } = scenarios[isScenarioName(name) ? name : 'fresh'];
const language = asked.get('lang') === 'de' ? 'de' : 'en';
const found = asked.get('found');

const options: FakeOptions = {
  ...(found === 'repository' || found === 'other-files' ? { found } : {}),
  cancelDialogs: asked.has('cancel'),
};
Object.assign(window, { holdfast: fakePageApi({ state: { ...state, language }, jobs }, options) });

await import('../main.tsx');
