import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { guarded, guardInstances } from './guard.ts';

class Window extends EventEmitter {
  #title = 'one';
  getTitle(): string {
    return this.#title;
  }
}
guardInstances('Window', Window);

describe('the guard', () => {
  it('names what is not provided', () => {
    const dialog = guarded('dialog', { show: () => 1 }) as { show(): number; hide(): number };
    expect(dialog.show()).toBe(1);
    expect(() => dialog.hide()).toThrow(
      'Chromium host: dialog.hide is not provided; run on real Electron',
    );
  });

  it('lets specs replace a member', () => {
    const dialog = guarded('dialog', { show: (): number => 1 });
    dialog.show = () => 2;
    expect(dialog.show()).toBe(2);
  });

  it('can be awaited and printed', async () => {
    const dialog = guarded('dialog', { show: () => 1 });
    expect(await Promise.resolve(dialog)).toBe(dialog);
    expect(JSON.stringify(dialog)).toBe('{}');
  });

  it('stands behind instances, which keep their own members and their events', () => {
    const window = new Window();
    const seen: unknown[] = [];
    window.on('close', (value) => seen.push(value));
    window.emit('close', 7);
    expect(seen).toEqual([7]);
    expect(window.getTitle()).toBe('one');
    expect(window).toBeInstanceOf(EventEmitter);
    expect(() => (window as unknown as { blink(): void }).blink()).toThrow('Window.blink');
  });
});
