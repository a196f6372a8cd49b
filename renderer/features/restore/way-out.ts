/** Which step of the wizard can cure an error that came with the preview or the start. */
import { HoldfastError, type ErrorCode } from '../../../shared/errors.ts';

/** A step, or making the preview once more. */
export type WayOut = 'archive' | 'what' | 'where' | 'again';

const ways: Partial<Record<ErrorCode, WayOut>> = {
  'repo/snapshot-not-found': 'archive',
  'restore/path-not-found': 'what',
  'restore/target-not-writable': 'where',
  'restore/target-in-repository': 'where',
  'restore/no-space': 'where',
  'ipc/grant-expired': 'where',
};

export function wayOut(error: unknown): WayOut {
  return (error instanceof HoldfastError ? ways[error.code] : undefined) ?? 'again';
}
