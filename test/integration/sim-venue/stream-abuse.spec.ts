import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { simVenueConfig } from '../../../apps/sim-venue/src/config.js';
import { startSimVenue, type SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { loadConfig } from '../../../libs/config/src/index.js';
import { until } from '../../support/until.js';
import { SimClient, type Key } from './sim-client.js';
import { WsClient } from './ws-client.js';

let venue: SimVenue;
let client: SimClient;
let key: Key;
const crashes: unknown[] = [];
const sockets: WsClient[] = [];

beforeAll(async () => {
  const ports = { SIM_CONTROL_PORT: '0', SIM_SPOT_PORT: '0', SIM_USDM_PORT: '0', SIM_MARKET: 'scripted' };
  venue = await startSimVenue(loadConfig(simVenueConfig, ports), { onCrash: (error) => crashes.push(error) });
  client = new SimClient(venue);
});
afterAll(() => venue.stop());
beforeEach(async () => {
  await client.control('POST', 'reset');
  key = await client.account('a', { USDT: '10000' });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  expect(crashes).toEqual([]);
  // Whatever came in: the exchange serves, its books and its money are as they were.
  expect((await client.get('/api/v3/ping')).status).toBe(200);
  expect((await client.control('GET', 'ledger?account=a')).orders).toEqual([]);
  await client.control('GET', 'invariants');
});

async function open(path: string): Promise<WsClient> {
  const socket = await WsClient.open(venue.spotUrl, path);
  sockets.push(socket);
  return socket;
}

const GARBAGE = ['', '{', 'null', '[]', '"text"', '17', '{"id":{}}', '[{"method":"ping"}]', '\u0000', '{"id":1.5}'];

describe('bad input on a stream', () => {
  it('is answered with what is wrong', async () => {
    const cases: readonly (readonly [string, number, string])[] = [
      ['{', 3, 'Invalid JSON'],
      ['{"id":1}', 2, 'missing field `method`'],
      ['{"id":1,"method":"JUMP"}', 2, 'unknown variant `JUMP`'],
      ['{"id":{},"method":"SUBSCRIBE","params":[]}', 2, 'request ID'],
      ['{"id":1,"method":"SUBSCRIBE","params":"x"}', 2, 'params must be a list'],
      ['{"id":1,"method":"SUBSCRIBE","params":[1]}', 2, 'params must be a list'],
      ['{"id":1,"method":"GET_PROPERTY","params":["speed"]}', 0, 'Unknown property'],
      ['{"id":1,"method":"SET_PROPERTY","params":["combined",1]}', 1, 'expected Boolean'],
      ['{"id":1,"method":"SET_PROPERTY","params":[]}', 2, 'property name must be a string'],
    ];
    for (const [text, code, msg] of cases) {
      const socket = await open('/ws');
      socket.send(text);
      const { error } = await socket.next((message) => message.error !== undefined);
      expect(error).toEqual({ code, msg: expect.stringContaining(msg) });
      socket.close();
    }
  });

  it('changes nothing, whatever it is', async () => {
    for (const path of ['/ws', '/stream', '/ws-api/v3'])
      for (const text of GARBAGE) {
        const socket = await open(path);
        socket.send(text);
        await until(() => socket.messages.length > 0 || socket.isClosed, { what: `an answer to ${text} on ${path}` });
        socket.close();
      }
  });

  it('in binary frames is no request', async () => {
    const socket = new WebSocket(`${venue.spotUrl.replace('http', 'ws')}/ws`);
    const answers: string[] = [];
    socket.on('message', (data: Buffer) => answers.push(data.toString()));
    socket.on('open', () => socket.send(Buffer.from('{"id":1,"method":"LIST_SUBSCRIPTIONS"}')));
    await until(() => answers.length > 0);
    socket.terminate();
    expect(JSON.parse(answers[0] as string)).toMatchObject({ error: { code: 3 } });
  });

  it('of a megabyte closes the connection', async () => {
    for (const path of ['/ws', '/ws-api/v3']) {
      const socket = await open(path);
      socket.send(JSON.stringify({ id: 1, method: 'SUBSCRIBE', params: ['x'.repeat(1_000_000)] }));
      await socket.closed();
    }
  });

  it('of more than 1,024 streams is refused as a whole', async () => {
    const socket = await open('/ws');
    const names = (from: number, count: number): string[] =>
      Array.from({ length: count }, (_, i) => `x${from + i}@trade`);
    expect((await socket.ask('SUBSCRIBE', names(0, 1_024))).result).toBeNull();
    expect((await socket.ask('SUBSCRIBE', names(1_024, 1))).error).toMatchObject({ code: 2 });
    expect((await socket.ask('LIST_SUBSCRIPTIONS')).result).toHaveLength(1_024);
    await expect(open(`/stream?streams=${names(0, 1_025).join('/')}`)).rejects.toThrow('404');
  });

  it('that comes six times in a second ends the connection, and pings count', async () => {
    await until(() => Date.now() % 1_000 < 500);
    const talker = await open('/ws');
    for (let i = 0; i < 6; i += 1) talker.send({ id: i, method: 'LIST_SUBSCRIPTIONS' });
    await talker.closed();
    expect(talker.messages).toHaveLength(5);
    await until(() => Date.now() % 1_000 < 500);
    const socket = new WebSocket(`${venue.spotUrl.replace('http', 'ws')}/ws`);
    let code = 0;
    socket.on('close', (closeCode) => (code = closeCode));
    socket.on('open', () => {
      for (let i = 0; i < 6; i += 1) socket.ping();
    });
    await until(() => code !== 0);
    expect(code).toBe(1_008);
  });

  it('properties switch the dress of messages', async () => {
    const socket = await open('/ws/testusdt@bookTicker');
    expect((await socket.ask('GET_PROPERTY', ['combined'])).result).toBe(false);
    expect((await socket.ask('SET_PROPERTY', ['combined', true])).result).toBeNull();
    await client.book([['99', '1']], []);
    expect((await socket.next(({ stream }) => stream === 'testusdt@bookTicker')).data).toMatchObject({ s: 'TESTUSDT' });
  });
});

describe('bad requests to the WebSocket API', () => {
  it('are refused with the vendor’s codes, and leave no order behind', async () => {
    const socket = await open('/ws-api/v3');
    const refused = async (method: string, params: unknown): Promise<unknown> =>
      (await socket.ask(method, params)).error;
    expect(await refused('order.place', [])).toMatchObject({ code: -1100 });
    expect(await refused('order.place', { symbol: 'TESTUSDT' })).toMatchObject({ code: -2014 });
    const order = { symbol: 'TESTUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '100', quantity: '1' };
    const signed = async (more: Record<string, string | number>): Promise<unknown> =>
      (await socket.askSigned(key, 'order.place', { ...order, ...more })).error;
    expect(await signed({ colour: 'red' })).toMatchObject({ code: -1104 });
    expect(await signed({ quantity: '1e3' })).toMatchObject({ code: -1100 });
    expect(await signed({ quantity: '-1' })).toMatchObject({ code: -1100 });
    expect(await signed({ price: '9'.repeat(19) })).toMatchObject({ code: expect.any(Number) });
    expect(await signed({ symbol: 'x'.repeat(600) })).toMatchObject({ code: -1100 });
    expect(await signed({ recvWindow: 60_001 })).toMatchObject({ code: -1131 });
    expect(await refused('no.such.method', {})).toMatchObject({ code: -1000 });
    expect(await refused('constructor', {})).toMatchObject({ code: -1000 });
    expect(await refused('__proto__', {})).toMatchObject({ code: -1000 });
    await client.control('POST', 'reset');
    key = await client.account('a', {});
  });
});

describe('connections that are none', () => {
  it.each(['/', '/wss', '/ws-api/v4', '/ws/%E0%A4%A', '//', '/stream/x', '/private/ws'])(
    '%s is not found',
    async (path) => {
      await expect(open(path)).rejects.toThrow('404');
    },
  );

  it('break off in the middle of the handshake or of a frame', async () => {
    const { port, hostname } = new URL(venue.spotUrl);
    const handshake = [
      'GET /ws HTTP/1.1',
      ...['Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
      ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''],
    ].join('\r\n');
    for (const bytes of [handshake.slice(0, 60), handshake, `${handshake}\u0081\u00fe\u0001`]) {
      const socket = connect(Number(port), hostname);
      let isClosed = false;
      socket.on('close', () => (isClosed = true));
      socket.on('error', () => undefined);
      await new Promise<void>((resolve) => socket.write(bytes, 'latin1', () => resolve()));
      socket.resetAndDestroy();
      await until(() => isClosed);
    }
  });
});
