import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { recoveryKit } from './recovery-kit.ts';
import { shellWord } from './shell-word.ts';

it.each([
  '/media/anna/Disk',
  "/media/anna/Anna's disk",
  '/media/$HOME/`id`/"large" \\ disk!',
  's3:https://host/bucket/a b',
])('a shell reads the very place: %s', (place) => {
  const read = execFileSync('/bin/sh', ['-c', `printf %s ${shellWord(place)}`], {
    encoding: 'utf8',
  });
  expect(read).toBe(place);
});

it('quotes paths of Windows as its command prompt takes them', () => {
  expect(shellWord(String.raw`C:\Users\Anna's`)).toBe(String.raw`"C:\Users\Anna's"`);
  expect(shellWord(String.raw`\\server\share`)).toBe(String.raw`"\\server\share"`);
});

it.each(['en', 'de'] as const)('the recovery kit in %s has commands that run', (language) => {
  const { sections } = recoveryKit({
    language,
    computerName: 'c',
    destinationLabel: 'd',
    place: "/a 'b'",
    resticPlace: "/a 'b'",
    fingerprint: '1a2b3c4d',
    kind: 'key',
    key: null,
    madeOn: 'today',
  });
  const commands = sections.flatMap(({ steps }) => steps.flatMap(({ command = [] }) => command));
  expect(commands).toHaveLength(2);
  for (const command of commands) {
    const words = execFileSync('/bin/sh', ['-c', `printf '%s\\n' ${command}`], {
      encoding: 'utf8',
    }).split('\n');
    expect(words.slice(0, 3)).toEqual(['restic', '-r', "/a 'b'"]);
  }
});
