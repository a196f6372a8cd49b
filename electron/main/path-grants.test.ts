import { describe, expect, it } from 'vitest';
import { PathGrants } from './path-grants.ts';

describe('PathGrants', () => {
  it('gives a path once, for its purpose only', () => {
    const grants = new PathGrants();
    const token = grants.issue('/home/a', 'source');
    expect(grants.peek(token, 'source')).toBe('/home/a');
    expect(() => grants.peek(token, 'destination')).toThrow('ipc/grant-expired');
    grants.consume([token]);
    expect(() => grants.peek(token, 'source')).toThrow('ipc/grant-expired');
  });

  it('forgets what nobody has looked at for half a day', () => {
    const halfDayMs = 12 * 60 * 60 * 1000;
    let nowMs = 0;
    const grants = new PathGrants(() => nowMs);
    const token = grants.issue('/a', 'source');
    nowMs = halfDayMs;
    expect(grants.peek(token, 'source')).toBe('/a');
    nowMs += halfDayMs;
    expect(grants.peek(token, 'source')).toBe('/a');
    nowMs += halfDayMs + 1;
    expect(() => grants.peek(token, 'source')).toThrow('ipc/grant-expired');
  });

  it('knows no token that it did not issue', () => {
    expect(() => new PathGrants().peek('../../etc', 'source')).toThrow('ipc/grant-expired');
  });
});
