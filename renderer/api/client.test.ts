import { afterEach, describe, expect, it, vi } from 'vitest';
import { HoldfastError } from '../../shared/errors.ts';
import { fakePageApi, FAKE_SECRET } from '../testing/fake-page-api.ts';
import { scenarios } from '../testing/scenarios.ts';
import { request } from './client.ts';
import { withJob } from './with-job.ts';
import { sampleJob } from '../testing/sample-data.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('request', () => {
  it('finds the function by its name in the contract and unwraps the value', async () => {
    vi.stubGlobal('window', { holdfast: fakePageApi(scenarios.protected) });
    const state = await request('app:state', {});
    expect(state).toBe(scenarios.protected.state);
    const { askedGroups } = await request('protection:make-draft', {
      kind: 'key',
      destinationId: null,
    });
    expect(askedGroups).toHaveLength(3);
  });

  it('rejects with the error that was sent, whole', async () => {
    vi.stubGlobal('window', { holdfast: fakePageApi(scenarios['secret-needed']) });
    const [destination] = scenarios['secret-needed'].state.destinations;
    const destinationId = destination?.id ?? '';
    const refused = request('destinations:unlock', { destinationId, secret: 'wrong' });
    await expect(refused).rejects.toBeInstanceOf(HoldfastError);
    await expect(refused).rejects.toMatchObject({ code: 'repo/wrong-secret' });
    await request('destinations:unlock', { destinationId, secret: FAKE_SECRET });
    const { destinations } = await request('app:state', {});
    expect(destinations.map(({ status }) => status)).toEqual(['ready']);
  });
});

describe('withJob', () => {
  it('keeps the order and puts a new run last', () => {
    const first = sampleJob({ id: 'first' });
    const second = sampleJob({ id: 'second', state: 'running' });
    const ended = sampleJob({ id: 'first', state: 'cancelled' });
    expect(withJob([first, second], ended)).toEqual([ended, second]);
    expect(withJob([first], second)).toEqual([first, second]);
  });
});
