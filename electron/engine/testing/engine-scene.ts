/** An engine, a source, and the place of a repository that is not there yet. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  engineCalls,
  type Access,
  type EngineCallName,
  type EngineCallParams,
  type EngineCallResult,
} from '../../../shared/ipc/engine-contract.ts';
import { createEngine, type Engine } from '../engine.ts';
import { testPorts } from './engine-means.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const ENGINE_KEY = '0123456789abcdef'.repeat(4);

/** Needs a running test: its folder goes when that ends. */
export class EngineScene {
  readonly folder = temporaryFolder();
  readonly source = join(this.folder, 'source');
  /** Where `create` and who else is given it goes. */
  location: Extract<Access['location'], { kind: 'local' }> = {
    kind: 'local',
    path: join(this.folder, 'repo'),
  };
  engine: Engine = createEngine(testPorts());

  constructor() {
    mkdirSync(this.source);
  }

  /** Every answer must have the form that the contract promises. */
  async call<Name extends EngineCallName>(
    name: Name,
    params: EngineCallParams<Name>,
    signal?: AbortSignal,
  ): Promise<EngineCallResult<Name>> {
    const value = await this.engine.call(name, params, signal);
    assert.equal(engineCalls[name].result.safeParse(value).error, undefined);
    return value;
  }

  /** A repository that `ENGINE_KEY` opens. */
  async create(path = this.location.path): Promise<Access> {
    const location = { kind: 'local', path } as const;
    const made = await this.call('repository:create', {
      location,
      credentials: null,
      secret: ENGINE_KEY,
      secretKind: 'key',
    });
    return { location, credentials: null, keyId: made.keyId, slotKey: made.slotKey };
  }

  /** Of the source. */
  async backUp(access: Access, jobId = 'job', signal?: AbortSignal) {
    const params = {
      jobId,
      access,
      sources: [this.source],
      excludes: [],
      cloudFiles: 'skip' as const,
      excludedPaths: [],
    };
    return this.call('backup:run', params, signal);
  }
}
