/** One thing at a time that can fail: whether it runs, how it failed, and the way to try it again. */
import { useRef, useState } from 'react';

export interface Failure {
  readonly error: unknown;
  /** Tries the same once more. */
  readonly again: () => void;
}

export interface Attempt {
  readonly busy: boolean;
  /** null until something fails; the next try clears it. */
  readonly failure: Failure | null;
  /** Never rejects. True when it went well. `isCurrent` tells the action whether anybody still waits for what it finds. */
  readonly run: (action: (isCurrent: () => boolean) => Promise<void>) => Promise<boolean>;
  /** Forgets the failure. */
  readonly forget: () => void;
  /** Nobody waits for it any more: neither its failure nor its end is shown. */
  readonly abandon: () => void;
}

export function useAttempt(): Attempt {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const latest = useRef(0);
  async function run(action: (isCurrent: () => boolean) => Promise<void>): Promise<boolean> {
    latest.current += 1;
    const own = latest.current;
    const isCurrent = (): boolean => own === latest.current;
    setBusy(true);
    setFailure(null);
    try {
      await action(isCurrent);
      return isCurrent();
    } catch (error) {
      if (isCurrent()) setFailure({ error, again: () => void run(action) });
      return false;
    } finally {
      if (isCurrent()) setBusy(false);
    }
  }
  return {
    busy,
    failure,
    run,
    forget: () => {
      setFailure(null);
    },
    abandon: () => {
      latest.current += 1;
      setBusy(false);
      setFailure(null);
    },
  };
}
