import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { until } from '../../support/until.js';
import { send, SimClient, startScripted, type Key, type Reply } from './sim-client.js';

let venue: SimVenue;
let client: SimClient;
let key: Key;

beforeAll(async () => {
  venue = await startScripted({ SIM_IP_HEADER: 'X-Test-Address' });
  client = new SimClient(venue);
});
afterAll(() => venue.stop());
beforeEach(async () => {
  await client.control('POST', 'reset');
  key = await client.account('a', { USDT: '10000' });
});

/** What is wrong with an otherwise good order, by the step that must find it. */
interface Wrong {
  readonly address?: string;
  readonly path?: string;
  readonly apiKey?: string;
  readonly params?: Readonly<Record<string, string | null>>;
  readonly timestamp?: number;
  readonly signature?: string;
}
type Step = readonly [name: string, wrong: Wrong, status: number, code: number];

/** Steps 1 to 13 without the twelfth, which needs a request that waits. */
const STEPS: readonly Step[] = [
  ['1 a banned address', { address: 'banned' }, 418, -1003],
  ['2 too much weight', { address: 'heavy' }, 429, -1003],
  ['3 no such route', { path: '/api/v3/orders' }, 404, -1000],
  ['4 a key of no form', { apiKey: 'short' }, 401, -2014],
  ['4 an unknown key', { apiKey: 'x'.repeat(64) }, 401, -2015],
  ['5 a mandatory parameter missing', { params: { side: null } }, 400, -1102],
  ['5 a parameter nobody reads', { params: { colour: 'red' } }, 400, -1104],
  ['5 a malformed parameter', { params: { quantity: '1e3' } }, 400, -1100],
  ['6 too wide a window', { params: { recvWindow: '60001' } }, 400, -1131],
  ['6 an old timestamp', { timestamp: -70_000 }, 400, -1021],
  ['7 a bad signature', { signature: '0'.repeat(64) }, 400, -1022],
  ['8 an unknown symbol', { params: { symbol: 'NOPE' } }, 400, -1121],
  ['9 a strange side', { params: { side: 'HOLD' } }, 400, -1117],
  ['9 a strange type', { params: { type: 'STOP_LOSS' } }, 400, -1116],
  ['10 a price between two ticks', { params: { price: '100.001' } }, 400, -1013],
];
/** Found last, as they need state: orders in the books and money. */
const LATE: readonly Step[] = [
  ['11 too many orders', {}, 429, -1015],
  ['13 too little money', { params: { quantity: '200' } }, 400, -2010],
];

function both(earlier: Wrong, later: Wrong): Wrong {
  return { ...later, ...earlier, params: { ...later.params, ...earlier.params } };
}

function place({
  address = 'good',
  path = '/api/v3/order',
  apiKey,
  params,
  timestamp = 0,
  signature,
}: Wrong): Promise<Reply> {
  const good: Readonly<Record<string, string | null>> = {
    symbol: 'TESTUSDT',
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    price: '100',
    quantity: '1',
    ...params,
    timestamp: String(Date.now() + timestamp),
  };
  const sent = Object.entries(good).filter((pair): pair is [string, string] => pair[1] !== null);
  const query = new URLSearchParams(sent).toString();
  const hmac = createHmac('sha256', key.apiSecret).update(query).digest('hex');
  return send('POST', `${venue.spotUrl}${path}?${query}&signature=${signature ?? hmac}`, {
    headers: { 'X-MBX-APIKEY': apiKey ?? key.apiKey, 'X-Test-Address': address },
  });
}

/** Two addresses that may not call any more, and no order left to place. */
async function useUp(): Promise<void> {
  await until(() => Date.now() % 60_000 < 50_000);
  await client.control('PUT', 'limits', { weightPerMinute: 40, ordersPerDay: 1 });
  await useUpWeight('heavy');
  for (let i = 0; i < 5; i += 1) await useUpWeight('banned');
  expect((await place({})).status).toBe(200);
}

async function useUpWeight(address: string): Promise<void> {
  for (let i = 0; i < 3; i += 1) await client.get('/api/v3/exchangeInfo', { 'X-Test-Address': address });
}

const outcome = ({ status, body }: Reply): unknown => [status, (body as unknown as { code: number }).code];

describe('the order of checks', () => {
  it.each(STEPS.map((step, i) => [step[0], i] as const))('%s comes before everything after it', async (_name, i) => {
    await useUp();
    const [, earlier, status, code] = STEPS[i] as Step;
    expect(outcome(await place(earlier))).toEqual([status, code]);
    for (const [name, later] of [...STEPS.slice(i + 1), ...LATE]) {
      // Two things wrong with one parameter, or with one place of the request, cannot be sent together.
      const shared = Object.keys(earlier.params ?? {}).some((param) => param in (later.params ?? {}));
      const isSamePlace = Object.keys(earlier).some((part) => part !== 'params' && part in later);
      if (shared || isSamePlace) continue;
      const address = earlier.address === 'banned' ? 'banned' : `${earlier.address ?? 'good'} ${name}`;
      // Ten calls over the limit would ban.
      if (earlier.address === 'heavy') await useUpWeight(address);
      const reply = await place({ ...both(earlier, later), address });
      expect([name, ...(outcome(reply) as number[])]).toEqual([name, status, code]);
    }
  });

  it('11 too many orders comes before 13 too little money, which comes last', async () => {
    await useUp();
    expect(outcome(await place(both({}, LATE[1]?.[1] ?? {})))).toEqual([429, -1015]);
    await client.control('PUT', 'limits', { ordersPerDay: 100 });
    expect(outcome(await place(LATE[1]?.[1] ?? {}))).toEqual([400, -2010]);
  });

  it('12 a window that passed while the request waited comes before 13, and after 11', async () => {
    const late = (): Promise<unknown> =>
      client.control('POST', 'faults', { fault: 'latency', args: { ms: 300, when: 'queue' }, times: 1 });
    await late();
    expect(outcome(await place({ params: { recvWindow: '100', quantity: '200' } }))).toEqual([400, -1021]);
    await client.control('PUT', 'limits', { ordersPerDay: 1 });
    expect((await place({})).status).toBe(200);
    await late();
    expect(outcome(await place({ params: { recvWindow: '100' } }))).toEqual([429, -1015]);
  });
});

describe('signatures', () => {
  const query = (): string => `timestamp=${Date.now()}&recvWindow=5000`;
  const account = (text: string, signature: string, apiKey = key.apiKey): Promise<Reply> =>
    send('GET', `${venue.spotUrl}/api/v3/account?${text}&signature=${signature}`, {
      headers: { 'X-MBX-APIKEY': apiKey },
    });

  it('VE-C41 of a shared secret are taken in either case, and not with a bit changed', async () => {
    const text = query();
    const good = createHmac('sha256', key.apiSecret).update(text).digest('hex');
    expect((await account(text, good)).status).toBe(200);
    expect((await account(text, good.toUpperCase())).status).toBe(200);
    const flipped = (parseInt(good.charAt(0), 16) ^ 1).toString(16) + good.slice(1);
    for (const bad of [flipped, good.slice(1), `${good}00`, 'z'.repeat(64)])
      expect((await account(text, bad)).body).toEqual({ code: -1022, msg: 'Signature for this request is not valid.' });
  });

  it('of an Ed25519 key are taken from a key made on the spot, and only from that', async () => {
    const pair = generateKeyPairSync('ed25519');
    const other = generateKeyPairSync('ed25519');
    const opened = await client.control('POST', 'accounts', {
      name: 'e',
      balances: { USDT: '7' },
      keyType: 'ED25519',
      apiSecret: pair.publicKey.export({ type: 'spki', format: 'pem' }),
    });
    const signed = (text: string, { privateKey }: typeof pair): string =>
      encodeURIComponent(sign(null, Buffer.from(text), privateKey).toString('base64'));
    const text = query();
    const mine = await account(text, signed(text, pair), opened.apiKey);
    expect(mine.body.balances).toEqual([{ asset: 'USDT', free: '7.00000000', locked: '0.00000000' }]);
    for (const bad of [signed(text, other), signed(`${text}0`, pair), 'AAAA', 'ff'.repeat(32)])
      expect((await account(text, bad, opened.apiKey)).body).toMatchObject({ code: -1022 });
    const byHmac = createHmac('sha256', 'whatever').update(text).digest('hex');
    expect((await account(text, byHmac, opened.apiKey)).body).toMatchObject({ code: -1022 });
  });

  it('VE-C42 a window may have a part of a millisecond, and a timestamp be in microseconds', async () => {
    const reply = async (params: string): Promise<unknown> => {
      const signature = createHmac('sha256', key.apiSecret).update(params).digest('hex');
      return outcome(await account(params, signature));
    };
    expect(await reply(`timestamp=${Date.now()}&recvWindow=4999.346`)).toEqual([200, undefined]);
    expect(await reply(`timestamp=${Date.now()}000`)).toEqual([200, undefined]);
    expect(await reply(`timestamp=${Date.now() - 6_000}000`)).toEqual([400, -1021]);
    expect(await reply(`timestamp=${Date.now() + 1_500}000`)).toEqual([400, -1021]);
  });
});
