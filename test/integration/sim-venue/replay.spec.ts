import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { simVenueConfig } from '../../../apps/sim-venue/src/config.js';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { loadConfig } from '../../../libs/config/src/index.js';
import { RecordedTape, TapeFolder } from '../../support/recorded-tape.js';
import { until } from '../../support/until.js';
import { SimClient, startScripted, type Key } from './sim-client.js';

interface Market extends Record<string, unknown> {
  readonly lastTradeId: number;
}

const folder = new TapeFolder();
const venues: SimVenue[] = [];
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sim-replay-'));
});
afterEach(async () => {
  await Promise.all(venues.splice(0).map((venue) => venue.stop()));
  await rm(directory, { recursive: true });
});
afterAll(() => folder.remove());

async function start(env: Record<string, string> = {}): Promise<SimClient> {
  const venue = await startScripted({ SIM_DATA_DIR: directory, ...env });
  venues.push(venue);
  return new SimClient(venue);
}
const tapeOf = async (client: SimClient, name = 'BTCUSDT', product = 'spot'): Promise<Market> => {
  const { markets } = (await client.control('GET', `markets?product=${product}`)) as unknown as { markets: Market[] };
  return markets.find(({ symbol }) => symbol === name) as Market;
};
/** The next line of a manual tape. */
const line = (client: SimClient, steps = 1) => client.control('POST', 'markets/BTCUSDT/advance', { steps });
const manual = (client: SimClient, tape: RecordedTape, more = {}) =>
  client.control('PUT', 'markets/BTCUSDT/source', {
    source: 'replay',
    file: folder.write(tape),
    time: 'manual',
    ...more,
  });
const depthOf = async (client: SimClient, symbol = 'BTCUSDT') => {
  const { body } = await client.get(`/api/v3/depth?symbol=${symbol}`);
  const { bids, asks } = body as unknown as { bids: [string, string][]; asks: [string, string][] };
  const plain = (rows: [string, string][]) => rows.map((row) => row.map(Number));
  return { bids: plain(bids), asks: plain(asks) };
};
const trades = async (client: SimClient): Promise<readonly { id: number; qty: string; time: number }[]> =>
  (await client.get('/api/v3/trades?symbol=BTCUSDT')).list as unknown as { id: number; qty: string; time: number }[];
const order = (client: SimClient, key: Key, side: string, quantity: string, price?: string) =>
  client.signed(key, 'POST', '/api/v3/order', {
    symbol: 'BTCUSDT',
    side,
    quantity,
    ...(price === undefined ? { type: 'MARKET' } : { type: 'LIMIT', timeInForce: 'GTC', price }),
  });

describe('a tape over HTTP', () => {
  it('VE-C49 level shows 10, we rest 2; trades 6, cancels 2 of the 4 left, then trade 3: we fill 1', async () => {
    const client = await start();
    const key = await client.account('a', { USDT: '1000000' });
    const tape = new RecordedTape().snapshot([['100', '10']], [['101', '10']]);
    tape
      .at(1_000)
      .trade('100', '6', 'bid')
      .at(1_100)
      .depth([['100', '2']])
      .at(1_200)
      .trade('100', '3', 'bid');
    await manual(client, tape);
    const { body } = await order(client, key, 'BUY', '2', '100');
    const filled = async (): Promise<number> =>
      Number(
        (
          (await client.signed(key, 'GET', '/api/v3/order', { symbol: 'BTCUSDT', orderId: body.orderId }))
            .body as unknown as { executedQty: string }
        ).executedQty,
      );
    await line(client, 2);
    expect([await filled(), await depthOf(client)]).toEqual([0, { bids: [[100, 4]], asks: [[101, 10]] }]);
    await line(client);
    expect(await filled()).toBe(1);
    // The recorded trades as they were, under their ids, at the venue's time; ours beside them.
    const printed = await trades(client);
    expect(printed.map(({ id, qty }) => [id, Number(qty)])).toEqual([
      [3_735_683_259, 6],
      [3_735_683_260, 3],
      [1, 1],
    ]);
    for (const { time } of printed) expect(Math.abs(time - Date.now())).toBeLessThan(20_000);
    expect(await client.control('GET', 'invariants')).toEqual({ hold: true });
  });

  it('VE-C50 100 bid 5, we sell 3 then 4: 3 and 2 at 100, then 2 at the next; restored only by its next record', async () => {
    const client = await start();
    const key = await client.account('a', { BTC: '100' });
    const tape = new RecordedTape().snapshot(
      [
        ['100', '5'],
        ['99', '5'],
      ],
      [['101', '5']],
    );
    tape
      .at(1_000)
      .depth([['98', '5']])
      .at(1_100)
      .ticker(['100', '5'], ['101', '5']);
    await manual(client, tape);
    const sell = async (quantity: string): Promise<number[][]> => {
      const { fills } = (await order(client, key, 'SELL', quantity)).body as unknown as {
        fills: { price: string; qty: string }[];
      };
      return fills.map(({ price, qty }) => [Number(price), Number(qty)]);
    };
    expect(await sell('3')).toEqual([[100, 3]]);
    expect(await sell('4')).toEqual([
      [100, 2],
      [99, 2],
    ]);
    await line(client);
    expect((await depthOf(client)).bids).toEqual([
      [99, 3],
      [98, 5],
    ]);
    await line(client);
    expect((await depthOf(client)).bids).toEqual([
      [100, 5],
      [99, 3],
      [98, 5],
    ]);
  });

  it('opens with 20 levels a side without a snapshot, or after 5 s of tape', async () => {
    const client = await start();
    const side = (sign: number) => Array.from({ length: 20 }, (_, i) => [String(100 + sign * (i + 1)), '1'] as const);
    const diffs = new RecordedTape().at(0).depth(side(-1).slice(0, 19), side(1));
    diffs.at(3_000).depth(side(-1).slice(19)).at(6_000).ticker(['99', '2'], ['101', '1']);
    await manual(client, diffs);
    expect(await tapeOf(client)).toMatchObject({ line: 2, seconds: 3 });
    const sparse = new RecordedTape().ticker(['99', '1'], ['101', '1']).at(2_000).trade('99', '1', 'bid');
    sparse.at(5_000).ticker(['99', '2'], ['101', '1']).at(6_000).ticker(['98', '2'], ['101', '1']);
    await manual(client, sparse);
    expect(await tapeOf(client)).toMatchObject({ line: 3, seconds: 5 });
    expect((await depthOf(client)).bids).toEqual([[99, 2]]);
  });

  it('holds the book at the end, or takes it away', async () => {
    const client = await start();
    const tape = new RecordedTape()
      .snapshot([['100', '5']], [['101', '5']])
      .at(500)
      .ticker(['99', '2'], ['101', '3']);
    await manual(client, tape);
    await line(client, 100);
    expect(await tapeOf(client)).toMatchObject({ ended: true, line: 2, end: 'hold' });
    expect(await depthOf(client)).toEqual({ bids: [[99, 2]], asks: [[101, 3]] });
    await manual(client, tape, { end: 'stop' });
    await line(client, 100);
    expect(await depthOf(client)).toEqual({ bids: [], asks: [] });
  });

  it('loops with trade and update ids that go on rising', async () => {
    const client = await start();
    const tape = new RecordedTape().snapshot([['100', '5']], [['101', '5']]);
    tape.at(100).trade('100', '1', 'bid').at(200).ticker(['100', '6'], ['101', '5']);
    await manual(client, tape, { end: 'loop' });
    await line(client, 6);
    expect(await tapeOf(client)).toMatchObject({ loops: 2, ended: false });
    expect((await trades(client)).map(({ id }) => id)).toEqual([3_735_683_259, 4_735_683_259, 5_735_683_259]);
  });

  it('runs by the clock, tells where it is, and starts anew above the ids of a life before', async () => {
    const tape = new RecordedTape().snapshot([['100', '5']], [['101', '5']]);
    for (let ms = 100; ms <= 2_000; ms += 100) tape.at(ms).trade('100', '0.1', 'bid');
    const env = { SIM_TAPE: folder.write(tape), SIM_TAPE_SPEED: '4' };
    const first = await start(env);
    const key = await first.account('a', { USDT: '1000000' });
    await order(first, key, 'BUY', '1', '90');
    await until(async () => (await tapeOf(first))['ended'] === true);
    expect(await tapeOf(first)).toMatchObject({ source: 'replay', line: 21, ofLines: 21, seconds: 2, speed: 4 });
    const before = (await trades(first)).map(({ id }) => id);
    expect(before).toHaveLength(20);
    await venues.pop()?.stop();

    const second = await start({ ...env, SIM_TAPE_START: 'when_asked' });
    expect(await tapeOf(second)).toMatchObject({ playing: false, line: 1 });
    expect(await depthOf(second)).toEqual({
      bids: [
        [100, 5],
        [90, 1],
      ],
      asks: [[101, 5]],
    });
    await second.control('POST', 'markets/BTCUSDT/play');
    await until(async () => (await tapeOf(second))['ended'] === true);
    const after = (await trades(second)).map(({ id }) => id);
    expect(Math.min(...after)).toBeGreaterThan(Math.max(...before));
    expect(await second.control('GET', 'invariants')).toEqual({ hold: true });
  });

  it('begins anew after a reset, and gives way to another source', async () => {
    const tape = new RecordedTape()
      .snapshot([['100', '5']], [['101', '5']])
      .at(100)
      .ticker(['99', '1'], ['101', '1']);
    const client = await start({ SIM_TAPE: folder.write(tape), SIM_TAPE_START: 'when_asked' });
    await client.control('POST', 'reset');
    expect(await depthOf(client)).toEqual({ bids: [[100, 5]], asks: [[101, 5]] });
    await client.control('PUT', 'markets/BTCUSDT/source', { source: 'scripted' });
    expect(await depthOf(client)).toEqual({ bids: [], asks: [] });
    await expect(client.control('POST', 'markets/BTCUSDT/play')).rejects.toThrow('NOT_A_TAPE');
    await client.control('PUT', 'markets/BTCUSDT/source', { source: 'replay', speed: 1_000 });
    await until(async () => (await tapeOf(client))['ended'] === true);
    expect((await depthOf(client)).bids).toEqual([[99, 1]]);
  });

  it('keeps the source it has when a tape cannot be replayed, and says why', async () => {
    const client = await start();
    const broken = folder.write('1723161254087891268 {"stream":\n');
    const put = client.control('PUT', 'markets/BTCUSDT/source', { source: 'replay', file: broken });
    await expect(put).rejects.toThrow(/SOURCE_UNAVAILABLE.*line 1: is of another format/);
    await expect(client.control('PUT', 'markets/BTCUSDT/source', { source: 'replay' })).rejects.toThrow(
      'file must be given: the venue was started without a tape of BTCUSDT',
    );
    const tape = new RecordedTape().snapshot([['100', '5']], [['101', '5']]).ticker(['100', '6'], ['101', '5']);
    const other = client.control('PUT', 'markets/ETHUSDT/source', { source: 'replay', file: folder.write(tape) });
    await expect(other).rejects.toThrow('has no bookTicker, depth or snapshot line of ETHUSDT');
    expect((await tapeOf(client))['source']).toBe('scripted');
  });

  it('plays several symbols of both products at once, each to its own market and with its own snapshot', async () => {
    const both = new RecordedTape().snapshot([['100', '5']], [['101', '5']]).ticker(['100', '6'], ['101', '5']);
    const ether = new RecordedTape('ETHUSDT', 7_000_000_000).snapshot([['9', '1']], [['10', '1']]);
    for (const line of ether.at(100).ticker(['9', '2'], ['10', '3']).lines) both.raw(line);
    const contract = new RecordedTape('BTCUSDT', 5_000_000_000).snapshot([['99.9', '1']], [['100.1', '2']]);
    contract.at(100).trade('99.9', '0.5', 'bid').at(200).ticker(['99.8', '7'], ['100', '2']);
    const spot = folder.write(both);
    const SIM_TAPE = `${spot},ETHUSDT:${spot},usdm:${folder.write(contract)}`;
    const client = await start({ SIM_TAPE, SIM_TAPE_START: 'when_asked' });
    expect(await tapeOf(client)).toMatchObject({ source: 'replay', playing: false, line: 1 });
    for (const path of ['BTCUSDT/play', 'ETHUSDT/play', 'BTCUSDT/play?product=usdm'])
      await client.control('POST', `markets/${path}`);
    const markets = () => Promise.all([tapeOf(client), tapeOf(client, 'ETHUSDT'), tapeOf(client, 'BTCUSDT', 'usdm')]);
    await until(async () => (await markets()).every(({ ended }) => ended === true));
    expect(await depthOf(client)).toEqual({ bids: [[100, 6]], asks: [[101, 5]] });
    expect(await depthOf(client, 'ETHUSDT')).toEqual({ bids: [[9, 2]], asks: [[10, 3]] });
    expect(await tapeOf(client, 'BTCUSDT', 'usdm')).toMatchObject({ line: 3, lastUpdateId: 5_000_000_003 });
    expect((await tapeOf(client, 'TESTUSDT', 'usdm'))['source']).toBe('scripted');
  });

  it('gives a market of either product another tape while it runs', async () => {
    const client = await start();
    const contract = new RecordedTape().snapshot([['61800.2', '1']], [['61800.3', '2']]);
    const file = folder.write(contract.at(100).ticker(['61800.1', '0.007'], ['61800.3', '2']));
    const source = { source: 'replay', file, time: 'manual' };
    await client.control('PUT', 'markets/BTCUSDT/source?product=usdm', source);
    await client.control('POST', 'markets/BTCUSDT/advance?product=usdm', { steps: 1 });
    expect(await tapeOf(client, 'BTCUSDT', 'usdm')).toMatchObject({ source: 'replay', line: 2 });
    expect((await tapeOf(client))['source']).toBe('scripted');
    // A contract has ten cents to the tick: a spot tape is of another grid.
    const spot = folder.write(new RecordedTape().snapshot([['61800.25', '1']], [['61800.3', '2']]));
    const put = client.control('PUT', 'markets/BTCUSDT/source?product=usdm', { source: 'replay', file: spot });
    await expect(put).rejects.toThrow(/SOURCE_UNAVAILABLE.*expected a price on the symbol's grid of 10000000e-8/);
    expect(await tapeOf(client, 'BTCUSDT', 'usdm')).toMatchObject({ source: 'replay', line: 2 });
  });

  it('takes one tape for each market, and names of files that it can tell apart', async () => {
    const file = folder.write(
      new RecordedTape().snapshot([['100', '5']], [['101', '5']]).ticker(['1', '1'], ['2', '1']),
    );
    await expect(startScripted({ SIM_TAPE: `${file},BTCUSDT:${file}` })).rejects.toThrow(
      `tape ${file}: is the second of BTCUSDT on spot; expected one for each market`,
    );
    expect(() => loadConfig(simVenueConfig, { SIM_TAPE: `${file},` })).toThrow(
      'SIM_TAPE: must name files with commas between, each as [product:][symbol:]file with product spot or usdm',
    );
  });

  it('does not start on a broken tape: nothing listens, no journal is made', async () => {
    const file = folder.write('time,price\n1,2\n');
    await expect(startScripted({ SIM_TAPE: file, SIM_DATA_DIR: join(directory, 'new') })).rejects.toThrow(
      `tape ${file}: line 1: is of another format`,
    );
  });
});
