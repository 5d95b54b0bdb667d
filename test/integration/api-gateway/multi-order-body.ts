/** Sell BTC, buy ETH; the nulls are what the client sends for what it was not told. */
export const MULTI = {
  accounts: ['mock'],
  duration: 200,
  strategy: 'TWAP',
  strategy_params: {},
  engine_passiveness: null,
  child_orders: [
    { pair: 'BTC-USDT', side: 'sell', base_asset_qty: 0.5, quote_asset_qty: null, pos_side: null, account: null },
    { pair: 'ETH-USDT', side: 'buy', base_asset_qty: 10, quote_asset_qty: null, pos_side: null, account: null },
  ],
};

const UNTOLD = { quote_asset_qty: null, pos_side: null, account: null };
/** The multi order of OA-45: sell the perpetual, buy spot, 10 each. */
export const PERP_AND_SPOT = {
  ...MULTI,
  child_orders: [
    { pair: 'ETH:PERP-USDT', side: 'sell', base_asset_qty: 10, ...UNTOLD },
    { pair: 'ETH-USDT', side: 'buy', base_asset_qty: 10, ...UNTOLD },
  ],
};
