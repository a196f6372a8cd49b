import { expect, it } from 'vitest';
import { exportFormSchema, encryptedForms } from '../../../shared/model/key-export.ts';
import { isPlain, isProgram, isSameProvider, managers, waysFor } from './export-choices.ts';

it('offers every form exactly once', () => {
  const offered = managers.flatMap((manager) => waysFor(manager, ['op', 'bw']));
  expect(offered.filter((way) => !isProgram(way)).toSorted()).toEqual(
    exportFormSchema.options.toSorted(),
  );
  expect(offered.filter(isProgram).toSorted()).toEqual(['bw', 'op']);
});

it('puts encrypted forms first, and programs only where they are installed', () => {
  for (const manager of managers) {
    const ways = waysFor(manager, []);
    expect(ways.some(isProgram)).toBe(false);
    const firstPlain = ways.findIndex(isPlain);
    const encryptedAfter = ways.slice(firstPlain + 1).some((way) => !isPlain(way));
    expect(firstPlain >= 0 && encryptedAfter).toBe(false);
  }
  expect([...encryptedForms].every((form) => !isPlain(form))).toBe(true);
});

it.each([
  ['chrome', '/home/anna/Google Drive/Holdfast', true],
  ['chrome', '/media/disk/Holdfast', false],
  ['apple', '/Users/anna/Library/Mobile Documents/com~apple~CloudDocs/Holdfast', true],
  ['apple', '/home/anna/Google Drive/Holdfast', false],
  ['bitwarden', '/home/anna/Google Drive/Holdfast', false],
] as const)('%s and %s: one provider %s', (manager, place, answer) => {
  expect(isSameProvider(manager, place)).toBe(answer);
});
