import { describe, expect, it } from 'vitest';

import { formatBytes, printable, table } from './output.ts';

describe('output', () => {
  it('shows sizes', () => {
    expect([0, 1023, 1024, 1536 * 1024, 3 * 1024 ** 4].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 MiB',
      '3.0 TiB',
    ]);
  });

  it('lets no file name command the terminal', () => {
    expect(printable('a\u001b[31m\nb\u009bc')).toBe('a\\x1b[31m\\x0ab\\x9bc');
    expect(printable('Grüße ✓')).toBe('Grüße ✓');
  });

  it('aligns columns', () => {
    const rows = [
      ['ID', 'Name'],
      ['12345', 'x'],
    ];
    expect(table(rows)).toBe('ID     Name\n12345  x');
  });
});
