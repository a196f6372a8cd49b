import { expect, it } from 'vitest';
import { DestinationTurns } from './destination-turns.ts';

it('lets one at a time at a destination, in order, whatever fails', async () => {
  const turns = new DestinationTurns();
  const seen: string[] = [];
  const first = Promise.withResolvers<void>();
  const work =
    (name: string, until: Promise<unknown> = Promise.resolve()) =>
    async () => {
      seen.push(`${name} begins`);
      await until;
      seen.push(`${name} ends`);
      if (name === 'a') throw new Error('a failed');
      return name;
    };
  const a = turns.take('one', work('a', first.promise));
  const b = turns.take('one', work('b'));
  await turns.take('two', work('elsewhere'));
  expect(seen).toEqual(['a begins', 'elsewhere begins', 'elsewhere ends']);
  first.resolve();
  await expect(a).rejects.toThrow('a failed');
  expect(await b).toBe('b');
  expect(seen.slice(3)).toEqual(['a ends', 'b begins', 'b ends']);
});
