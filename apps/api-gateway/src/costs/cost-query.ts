import { err, ok, type AccountId, type Algorithm, type Result } from '#domain';
import { findStrategy, findSuperStrategy, marketTypeOfPair, PAIR_TEXT, shown } from '#order-intake';
import type { CostFilter, VenueAccount } from '#persistence';
import type { FieldErrors } from '../http/api-error.js';
import { lastOf, readTime, valuesOf, type Fail, type Query } from '../orders/list-query.js';

/** Reads which orders statistics are asked of (order-api.md 2). Pure. */
export function readCostQuery(query: Query, accounts: readonly VenueAccount[]): Result<CostFilter, FieldErrors> {
  const errors: Record<string, string[]> = {};
  const fail: Fail = (field, text) => {
    (errors[field] ??= []).push(text);
    return null;
  };
  const strategies = valuesOf(query, 'strategy');
  const superStrategies = valuesOf(query, 'super_strategy');
  if (strategies.length > 0 && superStrategies.length > 0)
    fail('strategy', 'only one of strategy and super_strategy may be given');
  const side = lastOf(query, 'side')?.toLowerCase() ?? null;
  if (side !== null && side !== 'buy' && side !== 'sell') fail('side', "side must be 'buy' or 'sell'");
  const pairs = valuesOf(query, 'pair');
  if (pairs.some((pair) => marketTypeOfPair(pair) === null)) fail('pair', PAIR_TEXT);
  const filter: CostFilter = {
    accountIds: accountIdsOf(query, accounts, fail),
    pairs: orNull(pairs),
    side: side === 'buy' || side === 'sell' ? side : null,
    algorithms: orNull(strategies.flatMap((name) => algorithmOf(name, fail) ?? [])),
    superStrategies: orNull(superStrategies.flatMap((name) => superStrategyOf(name, fail) ?? [])),
    from: readTime(query, 'created_at__gte', fail),
    to: readTime(query, 'created_at__lte', fail),
  };
  return Object.keys(errors).length > 0 ? err(errors) : ok(filter);
}

function accountIdsOf(query: Query, accounts: readonly VenueAccount[], fail: Fail): AccountId[] | null {
  const found = valuesOf(query, 'accounts__name', 'account_names').flatMap((name) => {
    const account = accounts.find((one) => one.name === name);
    if (account === undefined) fail('accounts__name', `unknown account ${shown(name)}`);
    return account?.routes.map(({ accountId }) => accountId) ?? [];
  });
  return orNull(found);
}

function algorithmOf(name: string, fail: Fail): Algorithm | null {
  return findStrategy(name)?.strategy.algorithm ?? fail('strategy', `unexpected strategy ${name.slice(0, 80)}`);
}

function superStrategyOf(name: string, fail: Fail): string | null {
  return findSuperStrategy(name) ?? fail('super_strategy', `unexpected super_strategy ${shown(name)}`);
}

function orNull<T>(values: T[]): T[] | null {
  return values.length === 0 ? null : values;
}
