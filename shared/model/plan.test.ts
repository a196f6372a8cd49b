import { describe, expect, it } from 'vitest';
import { noExclusionOptions, usualExclusionOptions } from './exclusion-options.ts';
import { planSchema } from './plan.ts';

const first = {
  id: '0b1c5b0e-6f4e-4e35-9d0c-0c2a3a3d9a11',
  name: 'Backup',
  sources: ['/home/ann'],
  excludes: [
    '*.tmp',
    '/home/ann/Downloads',
    '[draft] *',
    '#recycle',
    '!old',
    'a\\b',
    'C:\\Users\\x',
  ],
  destinationId: '0b1c5b0e-6f4e-4e35-9d0c-0c2a3a3d9a12',
  createdAt: '2026-01-01T00:00:00.000Z',
};

describe('a stored plan', () => {
  it('of the first version leaves out what it left out then, and nothing else', () => {
    expect(planSchema.parse(first)).toEqual({
      ...first,
      excludes: [
        '*.tmp',
        '/home/ann/Downloads',
        '[[]draft] *',
        '\\#recycle',
        '\\!old',
        'a\\\\b',
        'C:\\Users\\x',
      ],
      exclusionOptions: noExclusionOptions,
      cloudFiles: 'skip',
      foldersAddedAt: null,
    });
  });

  it('of today is taken as it is, again and again', () => {
    const plan = {
      ...first,
      excludes: ['[ab]', '!keep', '# remark'],
      exclusionOptions: { ...usualExclusionOptions, largerThanBytes: 1000, oneFileSystem: true },
      cloudFiles: 'fetch',
      foldersAddedAt: null,
    };
    expect(planSchema.parse(planSchema.parse(plan))).toEqual(plan);
    expect(planSchema.parse(planSchema.parse(first))).toEqual(planSchema.parse(first));
  });

  it('with options that nobody knows is refused', () => {
    expect(planSchema.safeParse({ ...first, exclusionOptions: { presets: ['all'] } }).success).toBe(
      false,
    );
  });
});
