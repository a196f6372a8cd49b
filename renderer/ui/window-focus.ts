/** Whether this window is in front. Followed from the start of the app: a screen that appears later must know what happened before. */
import { useSyncExternalStore } from 'react';

let isInFront = document.hasFocus();
const listeners = new Set<() => void>();

function set(value: boolean): void {
  isInFront = value;
  for (const listener of listeners) listener();
}
window.addEventListener('blur', () => set(false));
window.addEventListener('focus', () => set(true));

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useIsInFront(): boolean {
  return useSyncExternalStore(subscribe, () => isInFront);
}
