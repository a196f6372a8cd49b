/** The form of every reply to the page: nothing is ever thrown across `ipcMain.handle`, where only a message would survive. */
import type { WireError } from '../errors.ts';

export type Envelope<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: WireError };
