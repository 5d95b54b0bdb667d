import { shown } from '#order-intake';
import type { VenueAccount } from '#persistence';
import { ApiError } from '../http/api-error.js';
import { valuesOf, type Query as BalanceQuery } from '../orders/list-query.js';

/** The accounts that a query names, else all. @throws ApiError for a name that no account of the user has */
export function chosenAccounts(query: BalanceQuery, own: readonly VenueAccount[]): VenueAccount[] {
  const names = valuesOf(query, 'account_names');
  const exchanges = valuesOf(query, 'exchange_names');
  const isOf = (exchange: string): ((account: VenueAccount) => boolean) => {
    const wanted = exchange.toLowerCase();
    return (account) => account.exchange.toLowerCase() === wanted;
  };
  const unknownName = names.find((name) => !own.some((a) => a.name === name));
  if (unknownName !== undefined) throw ApiError.ofFields({ account_names: [`unknown account ${shown(unknownName)}`] });
  const unknownExchange = exchanges.find((name) => !own.some(isOf(name)));
  if (unknownExchange !== undefined) {
    const known = [...new Set(own.map(({ exchange }) => exchange))].join(', ');
    const text = `unknown exchange ${shown(unknownExchange)}, must be one of ${known}`;
    throw ApiError.ofFields({ exchange_names: [text] });
  }
  return own.filter(
    (a) =>
      (names.length === 0 || names.includes(a.name)) &&
      (exchanges.length === 0 || exchanges.some((exchange) => isOf(exchange)(a))),
  );
}
