import { expect, it } from '@jest/globals';
import { ReplayMarket } from '../market/replay/replay-market.js';
import { command, TestFutures } from './test-futures.js';

/** A recorded market beside an account that is long `lots` contracts at 100. */
function longAt100(lots: number) {
  const venue = new TestFutures();
  const account = venue.open('a', '10000');
  const { exchange, market } = venue;
  const replay = new ReplayMarket(exchange.floor, market, 'prorata');
  const record = (action: () => void): void => {
    replay.atMicros += 1_000_000;
    exchange.floor.applyRecord(market, 'test', action);
  };
  record(() => replay.open([['BUY', 9_990, 50_000] as const, ['SELL', 10_000, lots] as const]));
  exchange.orders.place(account, market, command('BUY', 10_000, lots));
  expect(account.position(market.spec, 'BOTH').lots).toBe(lots);
  return { venue, account, market, replay, record };
}

it.each([
  ['ends', 5_000, 5_000, 5_000],
  ['cuts', 8_000, 5_000, 8_000],
])('a recorded trade fills an order and then the one that this fill %s', (_what, long, first, second) => {
  const { venue, account, market, replay, record } = longAt100(long);
  const { orders } = venue.exchange;
  const resting = [first, second].map((lots) =>
    orders.place(account, market, command('SELL', 10_100, lots, { reduceOnly: true })),
  );
  record(() => replay.trade(10_100, 20_000, false, 1));
  expect(resting.map(({ filledLots }) => filledLots)).toEqual([first, long - first]);
  expect(account.position(market.spec, 'BOTH').lots).toBe(0);
  expect(account.openOrders.size).toBe(0);
  venue.exchange.assertInvariants();
});
