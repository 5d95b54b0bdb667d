import type { VenueAccount } from '#persistence';
import { ApiError } from '../http/api-error.js';
import { valuesOf, type Query as BalanceQuery } from '../orders/list-query.js';
import { shown } from '../orders/read-values.js';

/** The accounts that a query names, else all. @throws ApiError for a name that no account of the user has */
export function chosenAccounts(query: BalanceQuery, own: readonly VenueAccount[]): VenueAccount[] {
  const names = valuesOf(query, 'account_names');
  const exchanges = valuesOf(query, 'exchange_names').map((name) => name.toLowerCase());
  const unknownName = names.find((name) => !own.some((a) => a.name === name));
  if (unknownName !== undefined) throw ApiError.ofFields({ account_names: [`unknown account ${shown(unknownName)}`] });
  const unknownExchange = exchanges.find((name) => !own.some((a) => a.exchange.toLowerCase() === name));
  if (unknownExchange !== undefined)
    throw ApiError.ofFields({ exchange_names: [`unknown exchange ${shown(unknownExchange)}`] });
  return own.filter(
    (a) =>
      (names.length === 0 || names.includes(a.name)) &&
      (exchanges.length === 0 || exchanges.includes(a.exchange.toLowerCase())),
  );
}
