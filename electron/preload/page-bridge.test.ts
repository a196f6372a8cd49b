import { describe, expect, it, vi } from 'vitest';
import { buildPageApi } from './page-bridge.ts';

function bridge() {
  const events = new Map<string, (payload: unknown) => void>();
  const invoke = vi.fn(async (_name: string, _params: unknown): Promise<unknown> => ({
    ok: true,
    value: null,
  }));
  const api = buildPageApi({ invoke, listen: (name, listener) => void events.set(name, listener) });
  return { api, invoke, emit: (name: string, payload: unknown) => events.get(name)?.(payload) };
}

describe('the API of the page', () => {
  it('is exactly this list', () => {
    const { api } = bridge();
    const names = Object.entries(api).flatMap(([area, functions]) =>
      Object.keys(functions as object).map((name) => `${area}.${name}`),
    );
    expect(names.toSorted()).toMatchInlineSnapshot(`
      [
        "app.state",
        "archives.children",
        "archives.list",
        "destinations.attach",
        "destinations.disconnect",
        "destinations.find",
        "destinations.inspect",
        "destinations.reconnect",
        "destinations.removeLocks",
        "destinations.size",
        "destinations.unlock",
        "exclusions.previewStart",
        "exclusions.previewStop",
        "folders.choose",
        "folders.measureStart",
        "folders.measureStop",
        "folders.suggest",
        "jobs.cancel",
        "jobs.list",
        "jobs.pause",
        "jobs.resume",
        "jobs.startBackup",
        "jobs.startCheck",
        "keys.change",
        "keys.clearCopy",
        "keys.copy",
        "keys.deleteExport",
        "keys.export",
        "keys.finishChange",
        "keys.handOver",
        "keys.kit",
        "keys.programs",
        "keys.reveal",
        "keys.saveKit",
        "keys.snooze",
        "on.exclusionsPreviewed",
        "on.foldersMeasured",
        "on.jobChanged",
        "on.stateChanged",
        "places.google",
        "places.googleCancel",
        "places.icloud",
        "places.s3",
        "plans.create",
        "plans.update",
        "protection.askGroups",
        "protection.discardDraft",
        "protection.makeDraft",
        "protection.proveKey",
        "protection.proveSaved",
        "protection.ratePassword",
        "protection.showDraft",
        "protection.suggestPassword",
        "restore.plan",
        "restore.showInFolder",
        "restore.start",
        "settings.update",
        "setup.finish",
        "setup.startFresh",
        "window.protectContent",
      ]
    `);
  });

  it('asks by the name of the contract', async () => {
    const { api, invoke } = bridge();
    await api.folders.measureStart({ grant: 'g' });
    expect(invoke).toHaveBeenCalledWith('folders:measure-start', { grant: 'g' });
  });

  it('replays the last value and ends just one subscription', () => {
    const { api, emit } = bridge();
    const first = vi.fn();
    const second = vi.fn();
    const stop = api.on.jobChanged(first);
    emit('job:changed', 1);
    api.on.jobChanged(second);
    expect(second).toHaveBeenCalledWith(1);
    stop();
    emit('job:changed', 2);
    expect(first).toHaveBeenCalledTimes(1);
    expect(second).toHaveBeenCalledTimes(2);
  });
});
