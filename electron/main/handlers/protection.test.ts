import { expect, it } from 'vitest';
import type { HandlerContext } from './context.ts';
import { knownWords } from './protection.ts';

it('judges a password with the names of person, computer and places', () => {
  const context = {
    computerName: 'annas-laptop',
    accountName: 'anna.schmid',
    model: { settings: { destinations: [{ label: 'Big disk' }], plans: [{ name: 'Backup' }] } },
  } as unknown as HandlerContext;
  const words = knownWords(context);
  for (const word of ['annas', 'laptop', 'anna.schmid', 'anna', 'schmid', 'Big disk', 'Backup']) {
    expect(words).toContain(word);
  }
  expect(knownWords({ ...context, accountName: '' })).not.toContain('');
});
