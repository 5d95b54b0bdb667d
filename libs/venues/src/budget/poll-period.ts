import { costOf, type LimitDefinition } from '#domain';
import type { PortCalls } from '../profile.js';
import type { VenueLimits } from './venue-limits.js';

/** Of every limit that polling draws on, polling one account takes no more than this share. */
export const POLL_SHARE = 0.25;

/**
 * How long after one poll of an account the next may begin, so that polls alone take at most {@link POLL_SHARE} of what
 * each of the venue's limits gives back meanwhile; ms. A poll asks for the open orders, the fills of each symbol,
 * balances, and positions where there are any.
 * @param symbols in which the account has orders
 */
export function pollEveryMs(limits: VenueLimits, calls: PortCalls, symbols = 1): number {
  const taken = new Map<string, number>();
  const add = (call: string | null, times: number): void => {
    for (const { limit, cost } of call === null ? [] : (limits.costs[call] ?? []))
      taken.set(limit, (taken.get(limit) ?? 0) + times * costOf(cost));
  };
  add(calls.openOrdersAll, 1);
  add(calls.fillsSince, Math.max(1, symbols));
  add(calls.balances, 1);
  add(calls.positions, 1);
  const periods = limits.definitions.map((definition) => {
    const perMs = refillPerMs(definition);
    return perMs === null ? 0 : (taken.get(definition.id) ?? 0) / (perMs * POLL_SHARE);
  });
  return Math.ceil(Math.max(0, ...periods));
}

/** True when one call for the open orders of all symbols costs no more of any limit than one for each of `symbols`. */
export function listsAllAtOnce({ costs }: VenueLimits, calls: PortCalls, symbols: number): boolean {
  const { openOrders, openOrdersAll } = calls;
  if (openOrders === null || openOrdersAll === null) return false;
  const single = new Map((costs[openOrders] ?? []).map(({ limit, cost }) => [limit, costOf(cost)]));
  return (costs[openOrdersAll] ?? []).every(({ limit, cost }) => costOf(cost) <= symbols * (single.get(limit) ?? 0));
}

/** What a limit gives back in a millisecond; null where time gives nothing back. */
function refillPerMs(definition: LimitDefinition): number | null {
  switch (definition.kind) {
    case 'fixed_window':
    case 'rolling_window':
      return definition.params.limit / definition.params.windowMs;
    case 'token_bucket':
      return definition.params.rate / 1_000;
    case 'decaying_counter':
      return definition.params.decay / 1_000;
    case 'credits':
      return definition.params.refill / 1_000;
    case 'per_block':
      return definition.params.cap / (definition.params.blocks * definition.params.blockMs);
    case 'batch_pool': // of orders alone
    case 'lifetime_budget': // reads are free of it
    case 'ban':
      return null;
  }
}
