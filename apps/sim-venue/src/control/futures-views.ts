import type { Customer } from '../accounts/customer.js';
import { unitsText } from '../matching/scaled.js';
import type { FuturesAccount } from '../usdm/ledger/futures-account.js';
import { orderView, userTradeView } from '../usdm/rest/order-views.js';
import { qtyText } from '../usdm/texts.js';
import type { VenueState } from '../venue-state.js';
import { wholeLedger } from './ledger-view.js';

type View = Record<string, unknown>;

/** What a customer has at USD-M: wallet and open positions. */
export function futuresHoldings(account: FuturesAccount): View {
  return {
    USDT: { wallet: unitsText(account.totalUnits), crossWallet: unitsText(account.walletUnits) },
    positions: account.openPositions().map((position) => ({
      symbol: position.spec.symbol,
      positionSide: position.side,
      quantity: qtyText(position.spec, position.lots),
      cost: unitsText(position.costUnits),
      isolatedMargin: unitsText(position.isolatedUnits),
    })),
  };
}

/** The ledger of USD-M trading. */
export function futuresLedgerView({ customers, usdm }: VenueState, only: Customer | null): View {
  return wholeLedger(usdm.ledger.orders.values(), customers, only, {
    order: orderView,
    fill: userTradeView,
    holdings: (customer) => futuresHoldings(usdm.accountOf(customer)),
  });
}
