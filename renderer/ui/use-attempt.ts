/** One thing at a time that can fail: whether it runs, how it failed, and the way to try it again. */
import { useState } from 'react';

export interface Failure {
  readonly error: unknown;
  /** Tries the same once more. */
  readonly again: () => void;
}

export interface Attempt {
  readonly busy: boolean;
  /** null until something fails; the next try clears it. */
  readonly failure: Failure | null;
  /** Never rejects. True when it went well. */
  readonly run: (action: () => Promise<void>) => Promise<boolean>;
  /** Forgets the failure. */
  readonly forget: () => void;
}

export function useAttempt(): Attempt {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  async function run(action: () => Promise<void>): Promise<boolean> {
    setBusy(true);
    setFailure(null);
    try {
      await action();
      return true;
    } catch (error) {
      setFailure({ error, again: () => void run(action) });
      return false;
    } finally {
      setBusy(false);
    }
  }
  return {
    busy,
    failure,
    run,
    forget: () => {
      setFailure(null);
    },
  };
}
