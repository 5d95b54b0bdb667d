/** The open of signal-apis.md 1.1. */
export const SAMPLE = {
  action: 'open',
  pair: 'SOL/USDT',
  leverage: { value: 3 },
  position: {
    type: 'long',
    order_expires_at: '2026-03-02T10:00:00.000Z',
    suggested_action_expires_at: '2026-03-02T09:30:00.000Z',
  },
  open_orders: {
    items: [
      { key: 'in-1', condition: { type: 'true' }, amount: 0.5, order_type: 'market' },
      {
        key: 'in-2',
        condition: { type: 'compare', op: '<=', left: 'price', right: 141.5 },
        amount: 0.3,
        order_type: 'limit',
        price: { value: 141 },
      },
      {
        key: 'in-3',
        condition: { type: 'compare', op: '<=', left: 'price', right: 138 },
        amount: 0.2,
        order_type: 'market',
      },
    ],
  },
  take_profit: {
    items: [
      { key: 'tp-1', amount_ratio: 0.4, price_exact: 158 },
      { key: 'tp-2', amount_ratio: 1, price_ratio: 1.12 },
    ],
  },
  stop_loss: { items: [{ key: 'sl-1', amount_ratio: 1, price_exact: 131 }] },
};

/** The items that Wisdomise's own documents show. */
export const OPEN_ITEM = { key: 'true-now', condition: { type: 'true' }, amount: 0.5, order_type: 'market' };
export const GATED_LIMIT_ITEM = {
  key: 'limit-below',
  condition: { type: 'compare', op: '<=', left: 'price', right: 50000.0 },
  amount: 1,
  price: { value: 58078 },
  order_type: 'limit',
};
export const CLOSE_ITEM = { key: 'half-at', amount_ratio: 0.5, price_exact: 59313.04492 };

/** As before there were lists. */
export const LEGACY = {
  action: 'open',
  pair: 'BTC/USDT',
  leverage: { value: 1 },
  position: { type: 'short', order_type: 'limit', price: { value: 60000 } },
  stop_loss: { price: { value: 63000 } },
  take_profit: { price: 55000 },
};
