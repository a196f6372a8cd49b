/** Which of the watched files with a secret in clear still open something. Each knows the slot that its secret opens, once there is one. */
import type { PlaintextExport } from '../../shared/model/key-export.ts';

type Exports = readonly PlaintextExport[];

/** The secret of a draft has come into force, or is about to, as this slot. */
export function boundToSlot(exports: Exports, draftId: string, keyId: string): PlaintextExport[] {
  return exports.map((written) =>
    written.draftId === draftId ? { ...written, keyId, opensNothing: false } : written,
  );
}

/** The slot is gone. */
export function withoutSlot(exports: Exports, keyId: string): PlaintextExport[] {
  return exports.map((written) =>
    written.keyId === keyId ? { ...written, opensNothing: true } : written,
  );
}

/** Drafts that came to nothing: what was written of them never opened anything. */
export function withoutDrafts(
  exports: Exports,
  isAlive: (draftId: string) => boolean,
): PlaintextExport[] {
  return exports.map((written) =>
    written.draftId !== null &&
    written.keyId === null &&
    !written.opensNothing &&
    !isAlive(written.draftId)
      ? { ...written, opensNothing: true }
      : written,
  );
}
