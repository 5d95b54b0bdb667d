/** The alert of signal-apis.md 4.2. */
export const ALERT = {
  action: 'open',
  symbol: 'BINANCE:BTCUSDT.P',
  side: 'long',
  size: '0.5',
  leverage: 2,
  order_type: 'limit',
  price: '61200',
  ttl_s: 900,
  stop_loss: [{ price: 59800 }],
  take_profit: [{ price: 63000, ratio: 0.5 }, { price: 65000 }],
  timestamp: '2026-03-02T09:00:03Z',
  max_lag: 60,
  signal_id: 'btc-17',
  test: false,
};

export const STOCK_SENTENCE = 'EMA cross (9, 21): order sell @ 2 filled on BTCUSDT. New strategy position is 0';
