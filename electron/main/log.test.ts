import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HoldfastError } from '../../shared/errors.ts';
import { groupsOf } from '../../shared/recovery-key.ts';
import { LogFile, toLogText } from './log.ts';

const key = 'a1b2c3d4'.repeat(8);

describe('toLogText', () => {
  it('lets no key through, however it is spelled', () => {
    const spellings = [key, key.toUpperCase(), groupsOf(key).join(' '), groupsOf(key).join('-')];
    for (const spelling of spellings) {
      for (const value of [spelling, new Error(spelling), { note: `was ${spelling}` }]) {
        expect(toLogText(value).toLowerCase()).not.toContain(spelling.toLowerCase().slice(10, 30));
      }
    }
  });

  it('drops fields that may hold a secret', () => {
    const text = toLogText({
      secret: 'correct horse',
      password: 'x1',
      slotKey: 'y2',
      path: '/home',
    });
    expect(text).not.toMatch(/horse|x1|y2/u);
    expect(text).toContain('/home');
  });

  it('keeps codes and causes of errors', () => {
    const error = new HoldfastError('backend/no-space', { cause: new Error('ENOSPC\nagain') });
    expect(toLogText(error)).toContain('backend/no-space');
    expect(toLogText(error)).toContain('ENOSPC');
    expect(toLogText(error)).not.toContain('\n');
  });
});

describe('LogFile', () => {
  it('writes a line each', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-log-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const log = new LogFile(folder);
    log.write('info', 'started', { version: 1 });
    log.write('warn', 'second');
    expect(readFileSync(join(folder, 'holdfast.log'), 'utf8').trimEnd().split('\n')).toHaveLength(
      2,
    );
  });
});
