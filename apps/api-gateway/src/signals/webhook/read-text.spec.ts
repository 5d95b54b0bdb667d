import { expect, it } from '@jest/globals';
import { STOCK_SENTENCE } from '../../../../../test/support/alert-samples.js';
import { readText } from './read-text.js';

it.each([
  [
    'long BTC/USDT 0.5 sl=59800 tp=63000 lev=2',
    { action: 'long', symbol: 'BTC/USDT', size: '0.5', stop_loss: '59800', take_profit: '63000', leverage: '2' },
  ],
  ['close ETHUSDT', { action: 'close', symbol: 'ETHUSDT' }],
  ['exit-all', { action: 'exit-all' }],
  ['  reduce\tBTCUSDT   0.5\r\n', { action: 'reduce', symbol: 'BTCUSDT', size: '0.5' }],
  ['buy 0.25', { action: 'buy', size: '0.25' }],
  ['open 1INCHUSDT side=short', { action: 'open', symbol: '1INCHUSDT', side: 'short' }],
  [
    'Enter_Long BTC price=61200 ttl=900 id=btc-17 MAX_LAG=5',
    {
      action: 'Enter_Long',
      symbol: 'BTC',
      price: '61200',
      order_type: 'limit',
      ttl_s: '900',
      signal_id: 'btc-17',
      max_lag: '5',
    },
  ],
  ['buy BTC size=0.1', { action: 'buy', symbol: 'BTC', size: '0.1' }],
])('SA-44 reads the command %j', (text, fields) => {
  expect(readText(text)).toEqual({ ok: true, value: fields });
});

const flat = { symbol: 'BTCUSDT', market_position: 'flat' };
const sized = (market_position: string, now: string, before: string) => ({
  symbol: 'BTCUSDT',
  market_position,
  market_position_size: now,
  prev_market_position_size: before,
});

it.each([
  [STOCK_SENTENCE, flat],
  ['order sell @ 2 filled on BTCUSDT. New strategy position is 0', flat],
  ['X: order buy @ 2 filled on BTCUSDT. New strategy position is 6', sized('long', '6', '4')],
  ['X: order sell @ 2 filled on BTCUSDT. New strategy position is 6', sized('long', '6', '8')],
  ['X: order sell @ 2 filled on BTCUSDT. New strategy position is -6', sized('short', '6', '4')],
  ['X: order buy @ 0.1 filled on BTCUSDT. New strategy position is -0.2', sized('short', '0.2', '0.3')],
  [
    'X: order buy @ 12.264199 filled on BTCUSDT. New strategy position is 12.264199',
    { ...flat, market_position: 'long' },
  ],
  ['X: order sell @ 3 filled on BTCUSDT. New strategy position is -1', { ...flat, market_position: 'short' }],
  ['Order  BUY @ 1e-7 filled\ton BTCUSDT. New strategy position is 1e-7.', { ...flat, market_position: 'long' }],
])('SA-45 reads the sentence %j', (text, fields) => {
  expect(readText(text)).toEqual({ ok: true, value: fields });
});

it('reads the exchange in the sentence', () => {
  expect(readText('order buy @ 1 filled on BINANCE:BTCUSDT.P. New strategy position is 1')).toMatchObject({
    value: { symbol: 'BINANCE:BTCUSDT.P' },
  });
});

const FORM = '<action> [symbol] [size] [key=value ...]';
it.each([
  ['', 'body: must not be empty'],
  [' \n ', 'body: must not be empty'],
  ['long BTC\nclose ETH', 'body: must be one line of text'],
  ['hello world', `body: must be JSON or ${FORM}, began with 'hello'`],
  ['long BTC 0.5 now', `body: must be ${FORM}, had 'now' after the size`],
  ['long BTC tpp=5', "body: must have only keys size side sl tp lev price ttl id max_lag, had 'tpp=5'"],
  ['long BTC sl=5 0.5', "body: must have only keys size side sl tp lev price ttl id max_lag, had '0.5'"],
  ['long BTC sl=', "body: must have a value after each =, had 'sl='"],
  ['long BTC sl=5 SL=6', "body: must say stop_loss once, said it again in 'SL=6'"],
  ['long BTC 0.5 size=0.6', "body: must say size once, said it again in 'size=0.6'"],
  ['reorder buy @ 2 filled on BTC. New strategy position is 0', `body: must be JSON or ${FORM}, began with 'reorder'`],
  [
    `order buy @ ${'9'.repeat(30)} filled on BTC. New strategy position is 0`,
    `body: must have numbers below 10^20, had '${'9'.repeat(30)} and 0'`,
  ],
])('SA-44 SA-45 refuses %j', (text, message) => {
  expect(readText(text)).toEqual({ ok: false, error: { reason: 'rejected_schema', message } });
});

it('takes no long time for texts that begin like a sentence over and over', () => {
  const text = 'order buy @ 1 filled on '.repeat(2_700);
  expect(readText(text).ok).toBe(false);
});
