import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { toBitwardenJson } from './bitwarden-json.ts';
import { toCsv } from './csv-exports.ts';
import { managerEntry, type EntryFacts } from './manager-entry.ts';

const facts: EntryFacts = {
  computerName: 'laptop',
  destinationLabel: 'Disk',
  place: '/media/disk',
  resticPlace: '/media/disk',
  fingerprint: 'aaaaaaaa',
  kind: 'key',
  madeAt: new Date(2026, 10, 5, 7, 9),
  isReplacement: false,
  secret: '0'.repeat(64),
  language: 'en',
};
const other = { ...facts, fingerprint: 'bbbbbbbb', destinationLabel: 'Disk 2' };
const replacement = { ...facts, isReplacement: true };

/** By these browsers and others tell entries apart. */
function login(target: 'chrome' | 'apple-passwords' | 'firefox', of: EntryFacts): string {
  const [row] = parse(toCsv(target, managerEntry(of)), { columns: true }) as [
    Record<string, string>,
  ];
  return `${row['url'] ?? row['URL'] ?? ''} ${row['username'] ?? row['Username'] ?? ''}`;
}

describe.each(['chrome', 'apple-passwords', 'firefox'] as const)('%s', (target) => {
  it('tells two backups of one computer apart', () => {
    expect(login(target, facts)).not.toBe(login(target, other));
  });

  it('never takes a secret that is not in force for the one that is', () => {
    expect(login(target, replacement)).not.toBe(login(target, facts));
    const later = { ...replacement, madeAt: new Date(2026, 10, 5, 7, 10) };
    expect(login(target, replacement)).not.toBe(login(target, later));
  });

  it('gives the same secret the same entry each time', () => {
    expect(login(target, facts)).toBe(login(target, { ...facts }));
  });
});

it('says which backup, since when, and whether it is in force', () => {
  expect(managerEntry(facts).userName).toBe('laptop (aaaaaaaa)');
  expect(managerEntry({ ...facts, computerName: ' ' }).userName).toBe('Holdfast (aaaaaaaa)');
  expect(managerEntry(facts).notes).toContain('made on 2026-11-05');
  const { title, userName, notes } = managerEntry(replacement);
  expect(userName).toBe('laptop (aaaaaaaa, new, from 2026-11-05 07:09)');
  expect(title).toContain('new, from 2026-11-05 07:09');
  expect(notes).toContain('once the change in Holdfast is finished');
  expect(managerEntry({ ...replacement, language: 'de' }).notes).toContain('erst, wenn');
  expect(toBitwardenJson(managerEntry(replacement))).toContain('new, from');
});
