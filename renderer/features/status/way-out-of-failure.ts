/** Which of the things that Status can do helps after a run that failed: what the catalog advises, as far as it concerns a run. */
import { asErrorCode, errorCatalog, type ErrorAction } from '../../../shared/error-catalog.ts';

export type WayOutOfFailure = 'again' | 'check' | 'settings' | 'reconnect' | 'elsewhere';

const byAction: Readonly<Record<ErrorAction, WayOutOfFailure>> = {
  retry: 'again',
  'choose-folder': 'elsewhere',
  // What asks for the secret has a notice of its own above the plan, and what asks for an unlocking one in this place.
  'enter-secret': 'again',
  'remove-locks': 'again',
  reconnect: 'reconnect',
  'check-backup': 'check',
  'restart-app': 'again',
  'start-over': 'again',
  dismiss: 'again',
};

/** Where it is the plan's folders that must be chosen anew. */
const inSettings = new Set(['backup/nothing-to-back-up', 'backup/source-is-destination']);

export function wayOutOf(text: string): WayOutOfFailure {
  const code = asErrorCode(text);
  if (code === null) return 'again';
  return inSettings.has(code) ? 'settings' : byAction[errorCatalog[code].action];
}
