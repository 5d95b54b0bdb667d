import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  epochMs,
  NO_VOLUME,
  notional,
  price,
  printCounter,
  quantity,
  type Instrument,
  type PriceHistory,
  type PriceOf,
  type VenueId,
} from '#domain';
import type { Publication, PublishedPrice } from '#venues';
import { InstrumentFeed } from './instrument-feed.js';
import { PriceSpeaker } from './price-speaker.js';

const SIM = 'sim' as VenueId;
const T0 = epochMs(1_764_000_000_000);
let holds = true;
let answers: Publication[] = [];
let sent: (readonly PublishedPrice[])[] = [];
let release: (() => void) | null = null;
let told: readonly PriceOf[] = [];
let history: PriceHistory | null = null;
const refused = jest.fn();

beforeEach(() => {
  jest.useFakeTimers();
  [holds, answers, sent, release, told, history] = [true, [], [], null, [], null];
  refused.mockClear();
});
afterEach(() => {
  jest.useRealTimers();
});

function market(symbol = 'BTCUSDT'): InstrumentFeed {
  const instrument: Instrument = {
    venue: SIM,
    symbol,
    pair: 'BTC-USDT',
    marketType: 'spot',
    base: 'BTC',
    quote: 'USDT',
    tick: price('0.01'),
    lot: quantity('0.00001'),
    minQty: quantity('0.00001'),
    minNotional: notional('5'),
    status: 'trading',
  };
  return new InstrumentFeed(instrument, NO_VOLUME, printCounter('numbers'));
}
/** @param isSlow answers wait for `release` */
async function speaker(markets: readonly InstrumentFeed[], isSlow = false): Promise<PriceSpeaker> {
  const made = new PriceSpeaker({
    publisher: {
      toldPrices: () => Promise.resolve(told),
      priceHistory: () => Promise.resolve(history),
      publishPrices: async (_venue, prices) => {
        sent.push(prices);
        if (isSlow) await new Promise<void>((resolve) => (release = resolve));
        return answers.shift() ?? 'published';
      },
    },
    clock: { now: () => T0 },
    holds: () => holds,
    refused,
  });
  await made.begin(SIM, markets);
  return made;
}
function trade(speaker: PriceSpeaker, of: InstrumentFeed, px: string): void {
  of.prices.printed({ price: price(px), venueAt: T0 }, T0);
  speaker.heard(of);
}
const shown = () =>
  sent.map((prices) =>
    prices.map(({ symbol, update: { seq, price: now, low, high } }) =>
      [symbol, seq - T0, now.toFixed(), low.toFixed(), high.toFixed()].join(' '),
    ),
  );

describe('the price speaker', () => {
  it('tells a change at once, and what follows within four ms together', async () => {
    const [btc, eth] = [market(), market('ETHUSDT')];
    const speak = await speaker([btc, eth]);
    trade(speak, btc, '100');
    trade(speak, btc, '101');
    await jest.advanceTimersByTimeAsync(0);
    expect(shown()).toEqual([['BTCUSDT 1 101 100 101']]);
    trade(speak, btc, '90');
    trade(speak, eth, '5');
    await jest.advanceTimersByTimeAsync(2);
    trade(speak, btc, '102');
    expect(sent).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(2);
    expect(shown()[1]).toEqual(['BTCUSDT 2 102 90 102', 'ETHUSDT 1 5 5 5']);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(sent).toHaveLength(2);
  });

  it('has one message of a venue under way, however long it takes', async () => {
    const btc = market();
    const speak = await speaker([btc], true);
    trade(speak, btc, '100');
    await jest.advanceTimersByTimeAsync(0);
    for (const px of ['80', '120', '99']) {
      trade(speak, btc, px);
      await jest.advanceTimersByTimeAsync(50);
    }
    expect(sent).toHaveLength(1);
    release?.();
    await jest.advanceTimersByTimeAsync(5);
    expect(shown()[1]).toEqual(['BTCUSDT 2 99 80 120']);
  });

  it('tells all of it again, under another number, when Redis did not take it', async () => {
    const btc = market();
    const speak = await speaker([btc]);
    answers = ['unreachable'];
    trade(speak, btc, '80');
    await jest.advanceTimersByTimeAsync(10);
    trade(speak, btc, '100');
    await jest.advanceTimersByTimeAsync(100);
    expect(shown()).toEqual([['BTCUSDT 1 80 80 80'], ['BTCUSDT 2 100 80 100']]);
  });

  it('says so when another speaks, is silent while it does, and goes on above its numbers', async () => {
    const btc = market();
    const speak = await speaker([btc]);
    answers = ['not_holder'];
    trade(speak, btc, '100');
    await jest.advanceTimersByTimeAsync(10);
    expect(refused).toHaveBeenCalledWith(SIM);
    holds = false;
    trade(speak, btc, '80');
    await jest.advanceTimersByTimeAsync(1_000);
    expect(sent).toHaveLength(1);
    const update = { seq: T0 + 70, price: price('81'), low: price('81'), high: price('81'), from: T0, at: T0 };
    told = [{ symbol: 'BTCUSDT', kind: 'last', update }];
    await speak.begin(SIM, [btc]);
    holds = true;
    trade(speak, btc, '82');
    await jest.advanceTimersByTimeAsync(0);
    expect(shown()[1]).toEqual(['BTCUSDT 72 82 80 82']);
  });

  it('repeats what was told when it is asked to, and at the end tells what is left', async () => {
    const [btc, eth] = [market(), market('ETHUSDT')];
    const speak = await speaker([btc, eth]);
    trade(speak, btc, '100');
    await jest.advanceTimersByTimeAsync(10);
    speak.repeat([btc, eth]);
    await jest.advanceTimersByTimeAsync(10);
    expect(shown()).toEqual([['BTCUSDT 1 100 100 100'], ['BTCUSDT 1 100 100 100']]);
    trade(speak, eth, '5');
    await speak.stop();
    expect(shown()[2]).toEqual(['ETHUSDT 1 5 5 5']);
    trade(speak, eth, '6');
    await jest.advanceTimersByTimeAsync(1_000);
    expect(sent).toHaveLength(3);
  });

  it('gives back what Redis forgot, some seconds with each message, and keeps what another told', async () => {
    const btc = market();
    for (let second = 0; second < 100; second += 1) {
      btc.prices.printed({ price: price(String(second + 1)), venueAt: T0 }, epochMs(T0 + second * 1_000));
    }
    const update = { seq: 5, price: price('7'), low: price('7'), high: price('7'), from: T0, at: T0 };
    const [low, high] = [price('1'), price('1')];
    told = [{ symbol: 'BTCUSDT', kind: 'last', update }];
    history = { seq: 5, whole: [], seconds: [{ second: T0 / 1_000, low, high, seq: 5 }] };
    const speak = await speaker([btc]);
    speak.repeat([btc]);
    await jest.advanceTimersByTimeAsync(100);
    expect(sent.map(([one]) => [one?.seconds.length, one?.whole])).toEqual([
      [60, null],
      [39, []],
    ]);
  });
});
