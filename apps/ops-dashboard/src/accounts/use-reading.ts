import { useCallback, useEffect, useState } from 'react';
import { ApiFailure } from '../api/api-client.js';
import { problemText } from './account-words.js';

export interface Reading<T> {
  /** Null before the first answer. */
  readonly value: T | null;
  readonly problem: string | null;
  readonly reload: () => void;
}

/**
 * Reads at once, then again and again while the page is looked at. What was read stays when a later reading fails.
 * What the token may not read is asked for once.
 * @param read the same function as long as the same is meant
 */
export function useReading<T>(read: () => Promise<T>, everyMs: number): Reading<T> {
  const [state, setState] = useState<Omit<Reading<T>, 'reload'>>({ value: null, problem: null });
  const [count, setCount] = useState(0);
  const reload = useCallback(() => {
    setCount((last) => last + 1);
  }, []);

  useEffect(() => {
    let isOver = false;
    let timer = 0;
    const run = async (): Promise<void> => {
      let isRefused = false;
      if (document.visibilityState === 'visible')
        try {
          const value = await read();
          if (!isOver) setState({ value, problem: null });
        } catch (error) {
          isRefused = error instanceof ApiFailure && error.status === 403;
          if (!isOver) setState((last) => ({ ...last, problem: problemText(error) }));
        }
      if (!isOver && !isRefused) timer = window.setTimeout(() => void run(), everyMs);
    };
    void run();
    return () => {
      isOver = true;
      window.clearTimeout(timer);
    };
  }, [read, everyMs, count]);

  return { ...state, reload };
}
