import { startStores, type Stores } from './stores.js';

/** Stores of a benchmark that ends whatever happens: with an error after so long, and at once when it is interrupted. */
export async function startGuardedStores(longestMs: number): Promise<Stores> {
  const stores = await startStores();
  setTimeout(() => {
    console.error('The benchmark took too long and was given up');
    process.exitCode = 1;
    void stores.stop().finally(() => process.exit());
  }, longestMs).unref();
  const interrupted = (): void => void stores.stop().finally(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  return stores;
}
