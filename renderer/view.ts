/** Where in the window one is. */
import type { GrantedFolder } from '../shared/ipc/contract.ts';
import type { Inspection, Location } from '../shared/model/destination.ts';
import type { SecretKind } from '../shared/model/protection.ts';

/** Where a backup may go or lies, and what was found there. */
export interface Place extends GrantedFolder {
  readonly kind: Location['kind'];
  readonly inspection: Inspection;
}

/** These take the whole window. */
export type WizardView =
  /** `replacesDestinationId`: "start fresh" with a new backup beside this one. */
  | { readonly page: 'setup'; readonly replacesDestinationId?: string }
  | { readonly page: 'change-secret'; readonly destinationId: string }
  /** `place`: the existing backup that was found while setting up. */
  | { readonly page: 'connect'; readonly place: Place | null }
  | { readonly page: 'new-plan'; readonly destinationId: string };

export type PageView =
  | { readonly page: 'status' }
  /** `changed`: a secret that was replaced a moment ago. */
  | {
      readonly page: 'keys';
      readonly changed?: { readonly destinationId: string; readonly oldStillOpens: boolean };
      /** A change that came to nothing, though the new secret had been taken out already. */
      readonly givenUp?: { readonly destinationId: string; readonly kind: SecretKind };
    }
  | { readonly page: 'settings' }
  | { readonly page: 'destination'; readonly destinationId: string }
  /** `destinationId`: the one to begin with; else the first. */
  | { readonly page: 'archives'; readonly destinationId?: string }
  | {
      readonly page: 'restore';
      readonly destinationId: string;
      readonly archiveId: string | null;
      readonly jobId: string | null;
    };

export type View = WizardView | PageView;

const wizards: ReadonlySet<View['page']> = new Set([
  'setup',
  'change-secret',
  'connect',
  'new-plan',
]);

export function isWizard(view: View): view is WizardView {
  return wizards.has(view.page);
}

/** Whether a view belongs to an entry of the navigation. */
export function isUnder(view: View, page: 'status' | 'archives' | 'keys' | 'settings'): boolean {
  if (page === 'archives' && view.page === 'restore') return true;
  return view.page === page || (page === 'settings' && view.page === 'destination');
}
