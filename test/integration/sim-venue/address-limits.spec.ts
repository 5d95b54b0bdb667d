import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { send, SimClient, startScripted, type Reply } from './sim-client.js';

const START = Date.UTC(2026, 0, 5, 9, 0, 22);
let now = START;
let venue: SimVenue;
let spot: SimClient;

beforeAll(async () => {
  venue = await startScripted({ SIM_IP_HEADER: 'x-test-address' }, () => now);
  spot = new SimClient(venue, () => now);
});
afterAll(() => venue.stop());
beforeEach(async () => {
  now = START;
  await spot.control('POST', 'reset');
});

const HERE = { 'x-test-address': 'here' };
const ping = (): Promise<Reply> => spot.get('/api/v3/ping', HERE);
const tooLarge = (): Promise<Reply> =>
  send('POST', `${venue.spotUrl}/api/v3/order`, { headers: HERE, body: 'a'.repeat(70_000) });

it('VE-C48 a body that is too large counts as a request, and a banned address does not get it refused as one', async () => {
  const first = await tooLarge();
  expect(first.status).toBe(413);
  expect(first.headers['x-mbx-used-weight-1m']).toBe('1');
  expect((await ping()).headers['x-mbx-used-weight-1m']).toBe('2');
  await spot.control('PUT', 'limits', { weightPerMinute: 1 });
  expect((await tooLarge()).status).toBe(413);
  const over = await tooLarge();
  expect(over.status).toBe(429);
  expect(over.headers['retry-after']).toBe('38');
  for (let calls = 0; calls < 9; calls += 1) expect((await tooLarge()).status).toBe(429);
  expect((await tooLarge()).status).toBe(418);
  expect((await tooLarge()).status).toBe(418);
  expect((await ping()).status).toBe(418);
});

it('counts calls that nobody serves by name, up to a thousand names', async () => {
  await spot.control('PUT', 'limits', { weightPerMinute: 1_000_000 });
  for (let i = 0; i < 1_010; i += 1) await spot.get(`/api/v3/none${i}`, HERE);
  await spot.get('/api/v3/none3', HERE);
  const counts = (await spot.control('GET', 'unserved')) as unknown as Record<string, number>;
  expect(Object.keys(counts)).toHaveLength(1_001);
  expect([counts['GET /api/v3/none3'], counts['GET /api/v3/none1009'], counts['other']]).toEqual([2, undefined, 10]);
});
