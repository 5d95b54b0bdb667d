import {
  notional,
  quantity,
  type AccountId,
  type AccountMarket,
  type Decision,
  type ExecutionChild,
  type VenueId,
} from '#domain';
import { at } from './planned-order.js';
import { accountMarket, childOrder, close, INSTRUMENT } from './simulated-order.js';

/** An account at a venue of its own. */
export const on = (name: string, change: Partial<AccountMarket> = {}) => {
  const venue = `venue-${name}` as VenueId;
  return accountMarket(at(0), {
    accountId: `account-${name}` as AccountId,
    venue,
    instrument: { ...INSTRUMENT, venue },
    ...change,
  });
};
/** What is placed, as `a 2.5`: the account's name and the quantity; of other intents their kind. */
export const placed = ({ intents }: Decision) =>
  intents.map((intent) =>
    intent.kind === 'place' ? `${intent.accountId.slice(8)} ${intent.orderQty.toFixed()}` : intent.kind,
  );
/** The child, closed a second after the activation. */
export const ended = (child: ExecutionChild, reason: Parameters<typeof close>[1], code = '') =>
  close(child, reason, code, at(1));
/** A child that was filled whole. */
export const done = (sequence: number, qty: string, px = '99.99', change: Partial<ExecutionChild> = {}) =>
  ended(
    childOrder({
      sequence,
      orderQty: quantity(qty),
      cumQty: quantity(qty),
      cumNotional: notional(quantity(qty).mul(px).toFixed()),
      ...change,
    }),
    'filled',
  );
