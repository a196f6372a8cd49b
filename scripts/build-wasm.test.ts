import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EMBEDDED_PATH, embeddedModule } from './build-wasm.ts';

it('the embedded module is compiled from the source that lies beside it', async () => {
  expect(readFileSync(EMBEDDED_PATH, 'utf8')).toBe(await embeddedModule());
});
