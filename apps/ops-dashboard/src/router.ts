import { useSyncExternalStore } from 'react';

/** Where in the dashboard we are; kept in the address behind `#`, so that the server has one page. */
export type Route =
  | { readonly page: 'blotter' }
  | { readonly page: 'order'; readonly id: string }
  /** Without a name: whichever account comes first. */
  | { readonly page: 'accounts'; readonly name: string | null };

export function readRoute(hash: string): Route {
  const accounts = /^#\/accounts(?:\/([\w-]{1,64}))?$/.exec(hash);
  if (accounts !== null) return { page: 'accounts', name: accounts[1] ?? null };
  const [, id] = /^#\/orders\/([0-9a-f-]{36})$/i.exec(hash) ?? [];
  return id === undefined ? { page: 'blotter' } : { page: 'order', id: id.toLowerCase() };
}

export const BLOTTER = '#/';
export const ACCOUNTS = '#/accounts';
export const accountPath = (name: string): string => `#/accounts/${name}`;
export const orderPath = (id: string): string => `#/orders/${id}`;

export function goTo(hash: string): void {
  window.location.hash = hash;
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => {
    window.removeEventListener('hashchange', listener);
  };
}

/** The hash of the address; the component renders again when it changes. */
export function useHash(): string {
  return useSyncExternalStore(subscribe, () => window.location.hash);
}
