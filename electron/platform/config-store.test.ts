import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigStore } from './config-store.ts';

function settingsPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'data', 'settings.json');
}

describe('ConfigStore', () => {
  it('starts fresh, and keeps what was changed', async () => {
    const path = settingsPath();
    const store = await ConfigStore.open(path);
    expect(store.notice).toBeNull();
    await store.update((settings) => ({ ...settings, theme: 'dark' }));
    expect((await ConfigStore.open(path)).settings.theme).toBe('dark');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('writes changes one after the other, the newest last', async () => {
    const path = settingsPath();
    const store = await ConfigStore.open(path);
    await Promise.all(
      (['dark', 'light', 'system', 'dark'] as const).map((theme) =>
        store.update((settings) => ({ ...settings, theme })),
      ),
    );
    expect((await ConfigStore.open(path)).settings.theme).toBe('dark');
    expect(readdirSync(join(path, '..'))).toEqual(['settings.json']);
  });

  it.each(['not json', '{"version":1}', '[]'])(
    'keeps an unreadable file aside: %s',
    async (text) => {
      const path = settingsPath();
      const first = await ConfigStore.open(path);
      await first.update((settings) => settings);
      writeFileSync(path, text);
      const store = await ConfigStore.open(path);
      expect(store.notice).toBe('settings/unreadable');
      const [kept = ''] = readdirSync(join(path, '..'));
      expect(readFileSync(join(path, '..', kept), 'utf8')).toBe(text);
      await store.update((settings) => ({ ...settings, theme: 'light' }));
      expect((await ConfigStore.open(path)).settings.theme).toBe('light');
    },
  );

  it('never writes over the file of a newer version', async () => {
    const path = settingsPath();
    await (await ConfigStore.open(path)).update((settings) => settings);
    writeFileSync(path, '{"version":99,"new":true}');
    const store = await ConfigStore.open(path);
    expect(store.notice).toBe('settings/newer-version');
    await expect(store.update((settings) => settings)).rejects.toThrow('settings/newer-version');
    expect(readFileSync(path, 'utf8')).toBe('{"version":99,"new":true}');
  });
});
