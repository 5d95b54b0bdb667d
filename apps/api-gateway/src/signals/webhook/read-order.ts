import { addMs, type EpochMs, type Price, type WantedOpenItem } from '#domain';
import type { Field } from '../common/field.js';
import { POSITIVE } from '../common/ranges.js';

const ORDER_TYPES = new Map([
  ['market', 'market'],
  ['limit', 'limit'],
] as const);
const DEFAULT_TTL_S = 300;
const LONGEST_TTL_S = 365 * 86_400;

/** How an entry is sent. A market order's price is what the sender saw: it means nothing here. */
export function readOrder(root: Field, now: EpochMs): Pick<WantedOpenItem, 'orderType' | 'limitPrice' | 'expiresAt'> {
  const orderType = root.firstOf(['order_type', 'type']).choice(ORDER_TYPES) ?? 'market';
  if (orderType === 'market') return { orderType, limitPrice: null, expiresAt: null };
  const price = root.firstOf(['price', 'limit_price']);
  if (price.isAbsent) price.complain('is required with a limit order');
  const limitPrice = (price.decimal(POSITIVE) as Price | undefined) ?? null;
  const ttl = root.at('ttl_s');
  const ttlS = ttl.integer() ?? DEFAULT_TTL_S;
  if (ttlS < 1 || ttlS > LONGEST_TTL_S) {
    ttl.fail(`must be 1 to ${LONGEST_TTL_S} seconds`);
    return { orderType, limitPrice, expiresAt: null };
  }
  return { orderType, limitPrice, expiresAt: addMs(now, ttlS * 1000) };
}
