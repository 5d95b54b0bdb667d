import { afterAll, afterEach, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { recordedMarket } from '../../support/recorded-market.js';
import { RecordedTape, TapeFolder } from '../../support/recorded-tape.js';
import { until } from '../../support/until.js';
import { startScripted } from './sim-client.js';
import { UsdmClient } from './usdm-client.js';
import { Capture, type CapturedLine } from './capture-truth.js';
import { RECORDED } from './recorded-captures.js';

const folder = new TapeFolder();
afterAll(() => folder.remove());
let venue: SimVenue | null = null;
afterEach(async () => {
  await venue?.stop();
  venue = null;
});

async function start(env: Record<string, string>): Promise<UsdmClient> {
  venue = await startScripted(env);
  return new UsdmClient(venue);
}
const tapeOf = async (client: UsdmClient): Promise<Record<string, unknown>> => {
  const { markets } = await client.control('GET', 'markets?product=usdm');
  return (markets as Record<string, unknown>[]).find(({ symbol }) => symbol === 'BTCUSDT') as Record<string, unknown>;
};
const numbers = (rows: unknown): number[][] => (rows as [string, string][]).map((row) => row.map(Number));

it('VE-C49 contracts trade with a recorded market as spot does: takers walk it, who rests waits in its queue', async () => {
  const tape = new RecordedTape().snapshot(
    [['61800.2', '10']],
    [
      ['61800.3', '1'],
      ['61800.4', '5'],
    ],
  );
  tape
    .at(100)
    .trade('61800.2', '6', 'bid')
    .at(200)
    .depth([['61800.2', '2']])
    .at(300)
    .trade('61800.2', '3', 'bid');
  const client = await start({ SIM_TAPE: `usdm:${folder.write(tape)}`, SIM_TAPE_START: 'when_asked' });
  const key = await client.account('a', '10000000');
  const order = (params: Record<string, string>) =>
    client.signed(key, 'POST', '/fapi/v1/order', {
      symbol: 'BTCUSDT',
      side: 'BUY',
      newOrderRespType: 'RESULT',
      ...params,
    });
  expect((await order({ type: 'MARKET', quantity: '3' })).body).toMatchObject({
    status: 'FILLED',
    executedQty: expect.stringMatching(/^3(\.0+)?$/),
  });
  const { body: depth } = await client.get('/fapi/v1/depth?symbol=BTCUSDT');
  expect([numbers(depth['bids']), numbers(depth['asks'])]).toEqual([[[61_800.2, 10]], [[61_800.4, 3]]]);
  const limit = { type: 'LIMIT', timeInForce: 'GTC', quantity: '2', price: '61800.2' };
  const { orderId } = (await order(limit)).body as { orderId: number };
  await client.control('POST', 'markets/BTCUSDT/play?product=usdm');
  await until(async () => (await tapeOf(client))['ended'] === true);
  const { body } = await client.signed(key, 'GET', '/fapi/v1/order', { symbol: 'BTCUSDT', orderId });
  expect([body['status'], Number(body['executedQty'])]).toEqual(['PARTIALLY_FILLED', 1]);
  expect(await client.control('GET', 'invariants')).toEqual({ hold: true });
});

it('the recorded capture of the contract plays on the contract, and ends with the book of its last ticker', async () => {
  const { file, absent } = recordedMarket(RECORDED.usdm.file);
  if (absent !== null) {
    process.stdout.write(`skipped: ${absent}\n`);
    return;
  }
  const client = await start({ SIM_TAPE: `usdm:${file}`, SIM_TAPE_SPEED: '1000' });
  await until(async () => (await tapeOf(client))['ended'] === true);
  expect(await tapeOf(client)).toMatchObject({ source: 'replay', line: RECORDED.usdm.lines, gaps: 0, problem: null });
  const capture = new Capture(file, { price: 1, qty: 3 });
  const last = Math.max(...capture.lines.map(({ kind, id }) => (kind === 'trade' ? 0 : id)));
  const { bids, asks } = capture.tickerAt(last) as CapturedLine;
  const { body } = await client.get('/fapi/v1/ticker/bookTicker?symbol=BTCUSDT');
  const shown = [body['bidPrice'], body['bidQty'], body['askPrice'], body['askQty']].map(Number);
  expect(shown).toEqual([
    ...bids.flatMap(([ticks, lots]) => [ticks / 10, lots / 1_000]),
    ...asks.flatMap(([ticks, lots]) => [ticks / 10, lots / 1_000]),
  ]);
});
