import { describe, expect, it } from 'vitest';
import { fromWireError, HoldfastError, toWireError } from './errors.ts';

describe('the wire form of an error', () => {
  it('keeps code, context, retry and the whole cause chain', () => {
    const root = new Error('ENOSPC: no space left');
    const middle = new HoldfastError('backend/io', { context: { path: '/x' }, cause: root });
    const error = new HoldfastError('backend/no-space', {
      context: { needed: 5 },
      retry: 'later',
      cause: middle,
    });
    const wire = structuredClone(toWireError(error));
    expect(wire).toEqual({
      code: 'backend/no-space',
      context: { needed: 5 },
      retry: 'later',
      causes: ['backend/io {"path":"/x"}', 'Error: ENOSPC: no space left'],
    });
    const revived = fromWireError(wire);
    expect(revived).toBeInstanceOf(HoldfastError);
    expect(revived.code).toBe('backend/no-space');
    expect(toWireError(revived).causes).toHaveLength(2);
  });

  it('takes anything that can be thrown', () => {
    expect(toWireError('text')).toMatchObject({ code: 'internal/unexpected', causes: ['text'] });
    expect(toWireError(undefined)).toMatchObject({ code: 'internal/unexpected', causes: [] });
    const loop = new Error('a');
    loop.cause = loop;
    expect(toWireError(loop).causes).toHaveLength(8);
  });
});
