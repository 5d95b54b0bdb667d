import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { send, SimClient, startScripted, type Key, type Reply } from './sim-client.js';

const HOUR = 3_600_000;
const PATH = '/api/v3/userDataStream';

let venue: SimVenue;
let client: SimClient;
let key: Key;
let ahead = 0;

beforeAll(async () => {
  const now = (): number => Date.now() + ahead;
  venue = await startScripted({}, now);
  client = new SimClient(venue, now);
});
afterAll(() => venue.stop());
beforeEach(async () => {
  await client.control('POST', 'reset');
  key = await client.account('a', {});
});

const call = (method: string, query = '', apiKey = key.apiKey): Promise<Reply> =>
  send(method, `${venue.spotUrl}${PATH}${query}`, { headers: { 'X-MBX-APIKEY': apiKey } });
const keyOf = ({ body }: Reply): string => (body as unknown as { listenKey: string }).listenKey;
const unknown = { status: 400, body: { code: -1125, msg: 'This listenKey does not exist.' } };
const allow = (legacyListenKey: boolean): Promise<unknown> => client.control('PUT', 'settings', { legacyListenKey });

describe('the listen keys of old', () => {
  it('are gone unless the venue is told to keep them', async () => {
    await allow(false);
    for (const method of ['POST', 'PUT', 'DELETE', 'GET']) expect((await call(method)).status).toBe(410);
    expect(await client.control('GET', 'unserved')).toEqual({});
    await allow(true);
    expect(await client.control('GET', 'settings')).toEqual({ legacyListenKey: true });
    expect((await call('POST')).status).toBe(200);
    expect((await call('GET')).status).toBe(404);
  });

  it('are made, kept alive and closed with the key alone, without a signature', async () => {
    await allow(true);
    const made = await call('POST');
    expect(made.body).toEqual({ listenKey: expect.stringMatching(/^[A-Za-z0-9]{64}$/) });
    expect(keyOf(await call('POST'))).toBe(keyOf(made));
    expect(await call('PUT', `?listenKey=${keyOf(made)}`)).toMatchObject({ status: 200, body: {} });
    expect(await call('PUT', '?listenKey=other')).toMatchObject(unknown);
    expect((await call('PUT')).body).toMatchObject({ code: -1102 });
    expect(await call('DELETE', `?listenKey=${keyOf(made)}`)).toMatchObject({ status: 200, body: {} });
    expect(await call('DELETE', `?listenKey=${keyOf(made)}`)).toMatchObject(unknown);
    expect((await call('POST', '', 'x'.repeat(64))).body).toMatchObject({ code: -2015 });
  });

  it('end an hour after the last sign of life, and belong to one account', async () => {
    await allow(true);
    const listenKey = keyOf(await call('POST'));
    const other = await client.account('b', {});
    expect(await call('PUT', `?listenKey=${listenKey}`, other.apiKey)).toMatchObject(unknown);
    ahead += HOUR - 60_000;
    expect((await call('PUT', `?listenKey=${listenKey}`)).status).toBe(200);
    ahead += HOUR - 60_000;
    expect((await call('PUT', `?listenKey=${listenKey}`)).status).toBe(200);
    ahead += HOUR;
    expect(await call('PUT', `?listenKey=${listenKey}`)).toMatchObject(unknown);
    expect(keyOf(await call('POST'))).not.toBe(listenKey);
  });

  it('are forgotten by a reset', async () => {
    await allow(true);
    const listenKey = keyOf(await call('POST'));
    await client.control('POST', 'reset');
    key = await client.account('a', {});
    expect(await call('PUT', `?listenKey=${listenKey}`)).toMatchObject(unknown);
  });
});
