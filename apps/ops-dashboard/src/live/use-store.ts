import { useSyncExternalStore } from 'react';
import type { Store } from './store.js';

/** The store's value; the component renders again when it is another one. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}
