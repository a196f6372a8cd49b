/** An event object as Electron's listeners get it: `preventDefault()` and whatever else belongs to it. */
export interface CancelableEvent {
  preventDefault(): void;
  readonly defaultPrevented: boolean;
}

export function cancelableEvent<Extra extends object>(extra: Extra): CancelableEvent & Extra;
export function cancelableEvent(): CancelableEvent;
export function cancelableEvent(extra: object = {}): CancelableEvent {
  let prevented = false;
  return Object.defineProperties(
    { ...extra, preventDefault: () => void (prevented = true) },
    { defaultPrevented: { get: () => prevented } },
  ) as unknown as CancelableEvent;
}
