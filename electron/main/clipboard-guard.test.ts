import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClipboardGuard } from './clipboard-guard.ts';

function fakeClipboard() {
  const state = { text: '' };
  return {
    state,
    readText: async () => state.text,
    writeText: async (text: string) => void (state.text = text),
    clear: async () => void (state.text = ''),
  };
}

describe('ClipboardGuard', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('clears its copy after 45 seconds', async () => {
    const clipboard = fakeClipboard();
    await new ClipboardGuard(clipboard).copy('key');
    await vi.advanceTimersByTimeAsync(44_999);
    expect(clipboard.state.text).toBe('key');
    await vi.advanceTimersByTimeAsync(1);
    expect(clipboard.state.text).toBe('');
  });

  it('leaves what somebody copied meanwhile', async () => {
    const clipboard = fakeClipboard();
    await new ClipboardGuard(clipboard).copy('key');
    clipboard.state.text = 'shopping list';
    await vi.advanceTimersByTimeAsync(60_000);
    expect(clipboard.state.text).toBe('shopping list');
  });

  it('clears at once when asked', async () => {
    const clipboard = fakeClipboard();
    const guard = new ClipboardGuard(clipboard);
    await guard.copy('key');
    await guard.clear();
    expect(clipboard.state.text).toBe('');
  });
});
