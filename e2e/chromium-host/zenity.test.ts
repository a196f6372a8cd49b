import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseButton, choosePaths } from './zenity.ts';

const realPath = process.env['PATH'];
let folder = '';

/** Stands in for zenity: notes what it was asked, and answers. */
function zenityAnswers(exitCode: number, output = ''): void {
  const path = join(folder, 'zenity');
  const script = `#!/bin/sh\nprintf '%s\\n' "$@" >"${folder}/asked"\nprintf '%s' '${output}'\nexit ${String(exitCode)}\n`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
}
const asked = (): string[] => readFileSync(join(folder, 'asked'), 'utf8').split('\n');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zenity-'));
  process.env['PATH'] = folder;
});
afterEach(() => {
  process.env['PATH'] = realPath;
  rmSync(folder, { recursive: true, force: true });
});

describe('choosePaths', () => {
  it('returns the folders that were chosen', async () => {
    zenityAnswers(0, '/a b\n/c');
    const properties = ['openDirectory' as const, 'multiSelections' as const];
    expect(await choosePaths({ properties })).toEqual({
      canceled: false,
      filePaths: ['/a b', '/c'],
    });
    expect(asked()).toEqual(expect.arrayContaining(['--directory', '--multiple']));
  });

  it('tells a cancelled dialog', async () => {
    zenityAnswers(1);
    expect(await choosePaths({})).toEqual({ canceled: true, filePaths: [] });
  });

  it('says what to install', async () => {
    await expect(choosePaths({})).rejects.toThrow('apt-get install zenity');
  });
});

describe('chooseButton', () => {
  const options = {
    message: 'Stop?',
    buttons: ['Stop', 'Wait', 'Cancel'],
    defaultId: 2,
    cancelId: 2,
  };

  it.each([
    { exitCode: 0, output: '', button: 0 },
    { exitCode: 1, output: '', button: 2 },
    { exitCode: 1, output: 'Wait', button: 1 },
  ])('maps exit $exitCode with "$output" to button $button', async (answer) => {
    zenityAnswers(answer.exitCode, answer.output);
    expect(await chooseButton(options)).toBe(answer.button);
    expect(asked()).toEqual(
      expect.arrayContaining(['--default-cancel', '--ok-label=Stop', '--cancel-label=Cancel']),
    );
  });
});
