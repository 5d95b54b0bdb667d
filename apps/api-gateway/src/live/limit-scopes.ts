import type { VenueAccount } from '#persistence';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface ShownScope {
  /** Name of the caller's account that the limit is counted for; null for an address, which all share. */
  readonly account: string | null;
  /** What else it is counted by. */
  readonly scope: string;
}

/** Pure. Null for a scope that counts for an account of somebody else. */
export function showScope(scope: string, accounts: readonly Pick<VenueAccount, 'id' | 'name'>[]): ShownScope | null {
  const parts = scope.split('/');
  const ids = parts.filter((part) => UUID.test(part));
  const own = ids.map((id) => accounts.find((account) => account.id === id));
  if (own.includes(undefined)) return null;
  return { account: own[0]?.name ?? null, scope: parts.filter((part) => !UUID.test(part)).join('/') };
}
