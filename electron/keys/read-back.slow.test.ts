/**
 * Each form in which a key leaves is read back by something that we did not write, and restic opens a repository with what was read.
 */
import { execFile } from 'node:child_process';
import { createDecipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  exportFormSchema,
  encryptedForms,
  type ExportForm,
} from '../../shared/model/key-export.ts';
import { recoveryKit } from '../../shared/recovery-kit.ts';
import { exportForms } from './exports/export-forms.ts';
import { managerEntry } from './exports/manager-entry.ts';
import { kitToPdf } from './kit/kit-pdf.ts';
import { readKitFonts } from './kit/kit-fonts.ts';

const run = promisify(execFile);
// With a character that Unicode normalisation would change: managers take the password as it is typed.
const FILE_PASSWORD = 'the file’s own pässword²';
const fonts = join(import.meta.dirname, '../../node_modules/dejavu-fonts-ttf/ttf');

const key = randomBytes(32).toString('hex');
let root = '';
let repository = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'read-back-'));
  repository = join(root, 'repository');
  await restic(key, 'init');
});
afterAll(() => rm(root, { recursive: true }));

async function restic(password: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('restic', ['--no-cache', '-r', repository, ...args], {
    env: { ...process.env, RESTIC_PASSWORD: password },
  });
  return stdout;
}

const facts = {
  computerName: 'anna’s laptop',
  destinationLabel: 'Disk, "large"',
  place: '/media/anna/Disk',
  resticPlace: '/media/anna/Disk',
  fingerprint: '1a2b3c4d',
  kind: 'key',
  secret: key,
  madeAt: new Date(),
  isReplacement: false,
  language: 'en',
} as const;

async function written(form: ExportForm): Promise<string> {
  const { extension, write } = exportForms[form];
  const file = join(root, `${form}.${extension}`);
  await writeFile(file, await write(managerEntry(facts), FILE_PASSWORD));
  return file;
}

/** KeePassXC's own program. */
async function fromKdbx(file: string): Promise<string> {
  const show = run('keepassxc-cli', [
    'show',
    '-q',
    '-s',
    '-a',
    'Password',
    file,
    managerEntry(facts).title,
  ]);
  show.child.stdin?.end(`${FILE_PASSWORD}\n`);
  return (await show).stdout.trim();
}

/** As Bitwarden's clients do it, written from their published description, apart from our writer. */
function decryptBitwarden(file: string, password: string): unknown {
  const { salt, kdfIterations, kdfType, encrypted, passwordProtected, ...parts } = JSON.parse(
    file,
  ) as Record<string, string> & { kdfIterations: number; kdfType: number };
  expect([encrypted, passwordProtected, kdfType]).toEqual([true, true, 0]);
  const master = pbkdf2Sync(password, salt ?? '', kdfIterations, 32, 'sha256');
  const stretch = (info: string): Buffer =>
    createHmac('sha256', master)
      .update(Buffer.concat([Buffer.from(info), Buffer.of(1)]))
      .digest();
  const open = (encString = ''): string => {
    const [type, rest = ''] = encString.split('.');
    expect(type).toBe('2');
    const [iv, data, mac] = rest.split('|').map((part) => Buffer.from(part, 'base64'));
    if (iv === undefined || data === undefined || mac === undefined) throw new Error('three parts');
    const signed = Buffer.concat([iv, data]);
    expect(createHmac('sha256', stretch('mac')).update(signed).digest().equals(mac)).toBe(true);
    const decipher = createDecipheriv('aes-256-cbc', stretch('enc'), iv);
    return Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8');
  };
  expect(open(parts['encKeyValidation_DO_NOT_EDIT'])).toMatch(/^[0-9a-f-]{36}$/u);
  return JSON.parse(open(parts['data']));
}

function passwordOfBitwarden(content: unknown): string {
  const { items, encrypted } = content as {
    encrypted: boolean;
    items: { name: string; type: number; login: { password: string } }[];
  };
  expect(encrypted).toBe(false);
  expect(items).toHaveLength(1);
  expect(items[0]?.name).toContain('1a2b3c4d');
  return items[0]?.login.password ?? '';
}

async function readBack(form: ExportForm, file: string): Promise<string> {
  if (form === 'kdbx') return fromKdbx(file);
  const text = await readFile(file, 'utf8');
  if (form === 'bitwarden-encrypted') {
    return passwordOfBitwarden(decryptBitwarden(text, FILE_PASSWORD));
  }
  if (form === 'bitwarden-json') return passwordOfBitwarden(JSON.parse(text));
  const [row] = parse(text, { columns: true, record_delimiter: '\r\n' }) as [
    Record<string, string>,
  ];
  return row['password'] ?? row['Password'] ?? row['login_password'] ?? '';
}

describe.each(exportFormSchema.options)('%s', (form) => {
  it('brings the key back, and restic opens the repository with it', async () => {
    const file = await written(form);
    if (encryptedForms.has(form)) {
      expect((await readFile(file)).includes(key)).toBe(false);
    }
    const found = await readBack(form, file);
    expect(found).toBe(key);
    expect(await restic(found, 'cat', 'config')).toContain('chunker_polynomial');
  });
});

it('a wrong password does not open the encrypted forms', async () => {
  const bitwarden = await readFile(await written('bitwarden-encrypted'), 'utf8');
  expect(() => decryptBitwarden(bitwarden, 'another password')).toThrow(/expected/u);
  const file = await written('kdbx');
  const show = run('keepassxc-cli', ['ls', '-q', file]);
  show.child.stdin?.end('another password\n');
  await expect(show).rejects.toThrow(/keepassxc-cli/u);
});

describe('the recovery kit', () => {
  it.each(['en', 'de'] as const)('in %s: text and QR code bring the key back', async (language) => {
    const file = join(root, `kit-${language}.pdf`);
    const kit = recoveryKit({ ...facts, key, language, madeOn: '23 November 2026' });
    await writeFile(file, await kitToPdf(kit, await readKitFonts(fonts)));
    const { stdout: text } = await run('pdftotext', ['-layout', file, '-']);
    const rows = text
      .split('\n')
      .filter((line) => /^\s*(?:[0-9a-f]{4}\s+){3}[0-9a-f]{4}\s*$/u.test(line));
    const typed = rows.join('').replaceAll(/\s/gu, '');
    expect(typed).toBe(key);
    // The groups are numbered, and what is selected and copied is the key all the same.
    const { stdout: raw } = await run('pdftotext', ['-raw', file, '-']);
    expect(raw.replaceAll(/\s/gu, '')).toContain(key);
    for (const value of [facts.computerName, facts.place, facts.fingerprint]) {
      expect(text).toContain(value);
    }
    expect(text).toContain('restic');
    await run('pdftoppm', ['-r', '150', '-png', file, join(root, language)]);
    const { stdout: scanned } = await run('zbarimg', [
      '-q',
      '--raw',
      join(root, `${language}-1.png`),
    ]);
    expect(scanned.trim()).toBe(key);
    expect(await restic(scanned.trim(), 'cat', 'config')).toContain('chunker_polynomial');
    const { stdout: info } = await run('pdfinfo', [file]);
    expect(info).toMatch(/^Pages: +[12]$/mu);
    expect(info).toMatch(/^Producer: +Holdfast$/mu);
    expect(info).toMatch(/^CreationDate: +.*1970/mu);
    expect(info).not.toMatch(/^Author/mu);
  });

  it('has a blank line in the place of a password', async () => {
    const file = join(root, 'kit-password.pdf');
    const kit = recoveryKit({ ...facts, kind: 'password', key: null, madeOn: '23 November 2026' });
    await writeFile(file, await kitToPdf(kit, await readKitFonts(fonts)));
    const { stdout: text } = await run('pdftotext', ['-layout', file, '-']);
    expect(text).toContain('Write the password here by hand');
    expect(text).not.toContain(key.slice(0, 4));
    await run('pdftoppm', ['-r', '100', '-png', file, join(root, 'password')]);
    await expect(run('zbarimg', ['-q', join(root, 'password-1.png')])).rejects.toThrow(/zbarimg/u);
  });
});
