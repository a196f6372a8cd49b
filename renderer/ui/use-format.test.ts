import { describe, expect, it } from 'vitest';
import { makeFormat } from './use-format.ts';

describe('makeFormat', () => {
  const en = makeFormat('en');
  const de = makeFormat('de');

  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [1_500_000, '1.5 MB'],
    [25_000_000_000, '25 GB'],
    [2_300_000_000_000, '2.3 TB'],
  ])('%d bytes', (bytes, text) => {
    expect(en.bytes(bytes)).toBe(text);
  });

  it('speaks the language of the window', () => {
    expect(de.bytes(1_500_000)).toBe('1,5 MB');
    expect(de.count(1234567)).toBe('1.234.567');
    expect(en.duration(240_000)).toBe('4 min');
    expect(en.duration(7_200_000)).toBe('2 hr');
  });
});
