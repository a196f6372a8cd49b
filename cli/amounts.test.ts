import { describe, expect, it } from 'vitest';

import { parsePercent, parseSize } from './amounts.ts';
import { UsageError } from './session.ts';

describe('amounts', () => {
  it.each([
    ['0', 0],
    ['1024', 1024],
    ['10k', 10_240],
    ['1.5M', 1_572_864],
    ['2GiB', 2_147_483_648],
    ['1 TB', 1_099_511_627_776],
  ])('%s are %d bytes', (text, bytes) => expect(parseSize(text, '--x')).toBe(bytes));

  it.each(['', '-1', '5%', 'many', '1X', '1e9', '99999999999T'])('%s is no size', (text) => {
    expect(() => parseSize(text, '--x')).toThrow(UsageError);
  });

  it('reads shares', () => {
    expect(parsePercent('5%', '--x')).toBe(5);
    expect(parsePercent('0.5%', '--x')).toBe(0.5);
    expect(parsePercent('5', '--x')).toBeNull();
    expect(() => parsePercent('101%', '--x')).toThrow(UsageError);
  });
});
