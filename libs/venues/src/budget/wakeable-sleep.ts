/** Resolves after `ms`, or as soon as `wake` is aborted. */
export function wakeableSleep(ms: number, wake?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (wake?.aborted === true) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      wake?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    wake?.addEventListener('abort', done);
  });
}
