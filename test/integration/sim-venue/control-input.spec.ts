import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { simVenueConfig } from '../../../apps/sim-venue/src/config.js';
import { startSimVenue, type SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { loadConfig } from '../../../libs/config/src/index.js';
import { send } from './sim-client.js';

const crashes: unknown[] = [];
let venue: SimVenue;

beforeAll(async () => {
  const ports = { SIM_CONTROL_PORT: '0', SIM_SPOT_PORT: '0', SIM_USDM_PORT: '0', SIM_MARKET: 'scripted' };
  venue = await startSimVenue(loadConfig(simVenueConfig, ports), { onCrash: (error) => crashes.push(error) });
});
afterAll(() => venue.stop());

/** Sends an address as it stands here; clients mend some of them. */
function answerTo(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(venue.controlUrl).port), '127.0.0.1');
    let text = '';
    socket.on('error', reject);
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
    socket.write(`GET ${address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  });
}

it.each(['/control/accounts/%ZZ', '//', '//other/control/health', 'http://[/'])(
  'the address %s is refused with 400',
  async (address) => {
    expect(await answerTo(address)).toMatch(/^HTTP\/1\.1 400 [^]*"ADDRESS_INVALID"/);
    expect(crashes).toEqual([]);
  },
);

it('an ordinary address is answered', async () => {
  expect(await answerTo('/control/health')).toMatch(/^HTTP\/1\.1 200 /);
});

const BOOK = { bids: [], asks: [['100', '1']] };
it.each([
  ['trade', { price: '1000000.01', qty: '1', side: 'sell' }, 'PRICE', 'trade: price must be at most '],
  ['trade', { price: '99999999999999999999', qty: '1', side: 'sell' }, 'PRICE', ', was 99999999999999999999'],
  ['trade', { price: '100', qty: '99999999999999999999', side: 'sell' }, 'QTY', 'trade: qty must be at most '],
  ['book', { ...BOOK, bids: [['99', '10000000']] }, 'QTY', 'bids: qty must be at most '],
  ['book', { ...BOOK, asks: [['10000000', '1']] }, 'PRICE', ', was 10000000'],
  ['path', [{ atMs: 0, bid: '99', ask: '10000000' }], 'PRICE', 'ask: price must be at most '],
  ['path', [{ atMs: 0, bid: '99', ask: '100', bidQty: '10000000' }], 'QTY', 'bid: qty must be at most '],
])('a scripted %s beyond what the symbol allows is refused: %j', async (what, body, field, message) => {
  for (const query of ['', '?product=usdm']) {
    const url = `${venue.controlUrl}/control/markets/TESTUSDT/${what}${query}`;
    const reply = await send(what === 'book' ? 'PUT' : 'POST', url, { body: JSON.stringify(body) });
    expect([reply.status, reply.body]).toMatchObject([400, { error: { code: `${field}_INVALID` } }]);
    expect(reply.text).toContain(message);
  }
});
