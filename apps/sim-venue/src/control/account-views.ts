import type { Customer } from '../accounts/customer.js';
import { unitsText } from '../matching/scaled.js';
import type { Account } from '../spot/account.js';
import { orderView, tradeView } from '../spot/rest/order-views.js';
import { futuresHoldings } from './futures-views.js';
import { wholeLedger } from './ledger-view.js';
import type { VenueState } from '../venue-state.js';

type View = Record<string, unknown>;

/** An account with its keys: the control port is for whoever runs the simulator. */
export function accountView({ spot, usdm }: VenueState, customer: Customer): View {
  return {
    accountId: customer.id,
    name: customer.name,
    apiKey: customer.apiKey,
    apiSecret: customer.apiSecret,
    keyType: customer.keyType,
    permissions: customer.permissions,
    restrictions: customer.restrictions,
    balances: balancesView(spot.ledger.account(customer.id)),
    usdm: futuresHoldings(usdm.accountOf(customer)),
  };
}

/** The ledger of spot trading. */
export function ledgerView({ customers, spot }: VenueState, only: Customer | null): View {
  return wholeLedger(spot.ledger.orders.values(), customers, only, {
    order: orderView,
    fill: tradeView,
    holdings: (customer) => balancesView(spot.ledger.account(customer.id)),
  });
}

function balancesView(account: Account): View {
  return Object.fromEntries<unknown>(
    [...account.balances].map(([asset, { free, locked }]): [string, unknown] => [
      asset,
      { free: unitsText(free), locked: unitsText(locked) },
    ]),
  );
}
