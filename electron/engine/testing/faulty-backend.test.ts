import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { describeBackend, named } from './backend-suite.ts';
import { FaultyBackend } from './faulty-backend.ts';
import { MemoryBackend } from './memory-backend.ts';

describeBackend(
  'a faulty backend without faults',
  async () => new FaultyBackend(new MemoryBackend()),
);

describe('faults', () => {
  it('strike exactly the requests that were named', async () => {
    const memory = new MemoryBackend();
    const faulty = new FaultyBackend(memory);
    faulty.add({
      operation: 'write',
      kind: 'pack',
      from: 2,
      count: 1,
      effect: { kind: 'fail', code: 'backend/no-space' },
    });
    const contents = [1, 2, 3].map((size) => randomBytes(size));
    const outcomes = [];
    for (const bytes of contents) {
      await faulty.write(named('index', bytes), bytes);
      outcomes.push(await faulty.write(named('pack', bytes), bytes).then(() => 'ok', String));
    }
    expect(outcomes).toEqual(['ok', 'HoldfastError: backend/no-space', 'ok']);
    expect(memory.names('pack')).toHaveLength(2);
  });

  it('can lose the answer, and can turn one bit over', async () => {
    const memory = new MemoryBackend();
    const faulty = new FaultyBackend(memory);
    const bytes = randomBytes(16);
    faulty.add({ operation: 'write', effect: { kind: 'fail-after', code: 'backend/io' } });
    await expect(faulty.write(named('pack', bytes), bytes)).rejects.toThrow('backend/io');
    expect(memory.names('pack')).toHaveLength(1);
    faulty.heal();
    faulty.add({ operation: 'read', effect: { kind: 'corrupt', atByte: 3 } });
    const read = await faulty.read(named('pack', bytes));
    expect(read.map((byte, at) => byte ^ (bytes[at] ?? 0))).toEqual(
      Buffer.from([0, 0, 0, 1, ...Array<number>(12).fill(0)]),
    );
  });
});
