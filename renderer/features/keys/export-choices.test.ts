import { expect, it } from 'vitest';
import { exportFormSchema, encryptedForms } from '../../../shared/model/key-export.ts';
import { isPlain, isProgram, managers, providerOfBoth, waysFor } from './export-choices.ts';

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
  ['chrome', '/home/anna/Google Drive/Holdfast', 'google'],
  ['chrome', 'Google Drive (anna@example.org): Holdfast', 'google'],
  ['chrome', 'G:\\Meine Ablage\\Holdfast', 'google'],
  ['chrome', 'C:\\Users\\anna\\OneDrive - Example\\Holdfast', 'microsoft'],
  ['chrome', '/Users/anna/Library/CloudStorage/OneDrive-Personal/Holdfast', 'microsoft'],
  ['chrome', '/Users/anna/Library/Mobile Documents/com~apple~CloudDocs/Holdfast', null],
  ['chrome', '/media/disk/Holdfast', null],
  ['apple', '/Users/anna/Library/Mobile Documents/com~apple~CloudDocs/Holdfast', 'apple'],
  ['apple', '/home/anna/Google Drive/Holdfast', null],
  ['firefox', '/home/anna/OneDrive/Holdfast', null],
  ['bitwarden', '/home/anna/Google Drive/Holdfast', null],
] as const)('%s and %s: both with %s', (manager, place, provider) => {
  expect(providerOfBoth(manager, place)).toBe(provider);
});
