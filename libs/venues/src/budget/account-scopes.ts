import type { Scopes } from '#domain';

/** What separates the parts of a limit's name; a symbol such as `BTC/USDT:USDT` may hold some of it. */
const SEPARATORS = /[{}|:\s]/g;

/**
 * Whom the calls of one account count for, as limits are scoped. An account has one key, one trading address and one
 * connection, so its id stands for each of them: who asks without knowing the key finds the same counts.
 * @param symbol of the call, where it is about one; limits by instrument need it
 */
export function accountScopes(accountId: string, symbol?: string): Scopes {
  const own: Scopes = { account: accountId, key: accountId, address: accountId, session: accountId };
  if (symbol === undefined) return own;
  const instrument = symbol.replaceAll(SEPARATORS, '_');
  return { ...own, symbol: instrument, pair: instrument };
}
