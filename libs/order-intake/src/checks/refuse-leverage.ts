import { maxLeverageOf } from '#domain';
import { MarginTierRepository, type AcceptedOrder, type InstrumentKey, type Tx } from '#persistence';
import { OrderRefusal } from '../order-refusal.js';
import { readEcho } from '../admission/request-echo.js';

/** The most leverage that a venue allows on an instrument; null where it does not tell. */
export async function leverageBound(tx: Tx, instrument: InstrumentKey): Promise<number | null> {
  const [tiers = []] = await new MarginTierRepository(tx).of([instrument]);
  return maxLeverageOf(tiers);
}

/**
 * An order whose leverage a venue of it would refuse is not taken in (order-api.md 3.6): nothing of it could trade there.
 * @param prefix where the order stands in the request
 * @throws OrderRefusal `leverage_out_of_range` naming the first such account
 */
export async function refuseLeverage(
  tx: Tx,
  { leverage, legs, record }: Pick<AcceptedOrder, 'leverage' | 'legs' | 'record'>,
  prefix = '',
): Promise<void> {
  if (leverage === null || record.marketType === 'spot') return;
  for (const [i, { accountId, venue, symbol }] of legs.entries()) {
    const bound = await leverageBound(tx, { venue, symbol });
    if (bound === null || leverage <= bound) continue;
    const name = readEcho(record.requestJson).accounts[i]?.name ?? accountId;
    const text = `updated_leverage must be at most ${bound} for ${record.pair} on account '${name}', was ${leverage}`;
    throw new OrderRefusal('leverage_out_of_range', text, { errors: { [`${prefix}updated_leverage`]: [text] } });
  }
}
