import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SymbolMarket } from '../floor/symbol-market.js';
import { ScriptedMarket } from '../market/scripted-market.js';
import { units, unitsText } from '../matching/scaled.js';
import type { FuturesAccount, FuturesOrder } from './ledger/futures-account.js';
import { availableUnits, orderCommission } from './ledger/margin.js';
import { command, TestFutures } from './test-futures.js';

let venue: TestFutures;
beforeEach(() => {
  venue = new TestFutures();
  venue.quote(10_000, 10_010);
  venue.exchange.scriptMark('TESTUSDT', units('100'));
});

const place = (account: FuturesAccount, ...args: Parameters<typeof command>): FuturesOrder =>
  venue.exchange.orders.place(account, venue.market, command(...args));
const market = { type: 'MARKET' } as const;
const short = expect.objectContaining({ code: -2019, message: 'Margin is insufficient.' });
const positionOf = (account: FuturesAccount) => account.position(venue.market.spec, 'BOTH');

function open(balance: string, isolated: boolean, leverage = 10): FuturesAccount {
  const account = venue.open(`with${balance}`, balance);
  if (isolated) venue.exchange.settings.setMarginType(account, venue.market.spec, true);
  venue.exchange.settings.setLeverage(account, venue.market.spec, leverage);
  return account;
}

/** A long of 0.8 ETH from 1,000.00, crossed, at 20x. */
function buyEth(account: FuturesAccount): SymbolMarket {
  const eth = venue.exchange.markets.get('ETHUSDT') as SymbolMarket;
  venue.exchange.floor.placeForMarket(eth, 'SELL', 100_000, 1_000);
  venue.exchange.scriptMark('ETHUSDT', units('1000'));
  venue.exchange.orders.place(account, eth, command('BUY', 100_000, 800));
  return eth;
}

describe('turning a position that lost', () => {
  it.each([
    ['isolated', true],
    ['crossed', false],
  ])('needs the margin of the other side when it is %s', (_what, isolated) => {
    const account = open('1030', isolated);
    place(account, 'BUY', 0, 100_000, market);
    venue.quote(9_200, 9_210);
    venue.exchange.scriptMark('TESTUSDT', units('92'));
    expect(() => place(account, 'SELL', 0, 205_000, market)).toThrow(short);
    expect(() => place(account, 'SELL', 9_200, 200_000)).toThrow(short);
    // What closing leaves, 191 of margin less the loss, holds a short of 10 at 92.
    expect(place(account, 'SELL', 0, 110_000, market).status).toBe('FILLED');
    expect([positionOf(account).lots, venue.exchange.ledger.insurance]).toEqual([-10_000, 0n]);
    venue.exchange.assertInvariants();
  });

  it('closing it alone always passes', () => {
    const account = open('1030', true);
    place(account, 'BUY', 0, 100_000, market);
    venue.quote(9_200, 9_210);
    expect(place(account, 'SELL', 9_200, 100_000).status).toBe('FILLED');
    venue.exchange.assertInvariants();
  });
});

describe('unrealised profit of crossed positions', () => {
  it('does not become margin of an isolated one', () => {
    const account = open('100', true);
    place(account, 'BUY', 0, 1_000, market);
    buyEth(account);
    venue.exchange.scriptMark('ETHUSDT', units('2000'));
    const { settings } = venue.exchange;
    const { spec } = venue.market;
    expect(availableUnits(account, venue.exchange.markOf) > units('800')).toBe(true);
    expect(() => settings.movePositionMargin(account, spec, 'BOTH', account.walletUnits + 1n)).toThrow(
      expect.objectContaining({ code: -4050 }),
    );
    expect(() => place(account, 'BUY', 0, 50_000, market)).toThrow(short);
    settings.movePositionMargin(account, spec, 'BOTH', account.walletUnits);
    venue.exchange.assertInvariants();
  });
});

describe('an isolated order', () => {
  it('counts at what the book pays it, not at a limit far below', () => {
    const account = open('101', true);
    venue.quote(20_000, 20_010);
    expect(() => place(account, 'SELL', 10_000, 10_000)).toThrow(short);
    venue.exchange.assertInvariants();
  });

  it('waits with its commission as well', () => {
    const account = open('100', true, 125);
    place(account, 'BUY', 9_900, 5_000);
    expect(unitsText(orderCommission(positionOf(account)))).toBe('0.24750000');
    expect(unitsText(availableUnits(account, venue.exchange.markOf))).toBe('95.79250000');
  });

  it('ends instead of trading when a crossed loss took what it waited with', () => {
    const account = open('100', true);
    const eth = buyEth(account);
    const order = place(account, 'BUY', 9_900, 5_000);
    venue.exchange.floor.placeForMarket(eth, 'BUY', 89_000, 800);
    venue.exchange.scriptMark('ETHUSDT', units('890'));
    venue.exchange.orders.place(account, eth, command('SELL', 89_000, 800));
    expect([unitsText(account.walletUnits), order.status]).toEqual(['11.24400000', 'NEW']);
    venue.quote(9_800, 10_010);
    const taker = place(open('10000', false), 'SELL', 9_900, 5_000);
    expect([order.status, taker.status, positionOf(account).lots]).toEqual(['EXPIRED', 'NEW', 0]);
    expect(venue.exchange.ledger.insurance).toBe(0n);
    venue.exchange.assertInvariants();
  });

  it('ends as well when a scripted trade would fill it, and the trade is printed without it', () => {
    const account = open('100', true);
    const eth = buyEth(account);
    const order = place(account, 'BUY', 9_900, 5_000);
    venue.exchange.floor.placeForMarket(eth, 'BUY', 89_000, 800);
    venue.exchange.orders.place(account, eth, command('SELL', 89_000, 800));
    new ScriptedMarket(venue.exchange.floor, venue.market).trade(9_900, 5_000, 'SELL');
    expect([order.status, positionOf(account).lots]).toEqual(['EXPIRED', 0]);
    venue.exchange.assertInvariants();
  });

  it('closes what it can and then ends when the rest cannot be paid', () => {
    const account = open('1030', true);
    place(account, 'BUY', 0, 100_000, market);
    const turn = place(account, 'SELL', 10_300, 200_000);
    venue.exchange.fund('TESTUSDT', units('0.05'));
    venue.empty();
    place(open('100000', false), 'BUY', 10_300, 300_000);
    expect([turn.status, turn.filledLots, positionOf(account).lots]).toEqual(['EXPIRED', 100_000, 0]);
    expect(venue.exchange.ledger.insurance).toBe(0n);
    venue.exchange.assertInvariants();
  });
});

describe('a fill-or-kill order', () => {
  const all = { timeInForce: 'FOK' } as const;
  const killed = expect.objectContaining({ code: -5021 });

  it('does not count lots that reducing orders give twice', () => {
    const maker = open('10000', false);
    const taker = open('20000', false);
    place(maker, 'BUY', 0, 5_000, market);
    venue.empty();
    for (const ticks of [10_100, 10_200]) place(maker, 'SELL', ticks, 5_000, { reduceOnly: true });
    expect(() => place(taker, 'BUY', 10_200, 10_000, all)).toThrow(killed);
    expect(() => place(taker, 'BUY', 10_200, 5_001, all)).toThrow(killed);
    expect(place(taker, 'BUY', 10_200, 5_000, all).status).toBe('FILLED');
    venue.exchange.assertInvariants();
  });

  it('does not count orders that cannot be paid any more', () => {
    const maker = open('100', true);
    const eth = buyEth(maker);
    place(maker, 'BUY', 9_900, 5_000);
    venue.exchange.floor.placeForMarket(eth, 'BUY', 89_000, 800);
    venue.exchange.orders.place(maker, eth, command('SELL', 89_000, 800));
    venue.quote(9_800, 10_010);
    const taker = open('10000', false);
    expect(() => place(taker, 'SELL', 9_900, 5_000, all)).toThrow(killed);
    expect(place(taker, 'SELL', 9_800, 5_000, all).status).toBe('FILLED');
    venue.exchange.assertInvariants();
  });
});
