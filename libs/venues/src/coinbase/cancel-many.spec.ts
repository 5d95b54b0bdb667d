import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { coinbasePack as pack } from '../../../../test/support/venue-packs/coinbase.js';
import { openPackWorld, type PackWorld } from '../../../../test/support/venue-packs/pack-world.js';
import { recorded, twoCancels } from '../../../../test/support/venue-packs/pack.js';
import type { VenueSession } from '../ports.js';

let world: PackWorld;
let session: VenueSession;
beforeAll(async () => {
  world = await openPackWorld();
  session = await world.connect(pack.protocol, pack.account);
});
beforeEach(() => {
  world.server.requests.length = 0;
  world.server.answer = () => ({ status: 200, body: recorded(pack.fixtures, 'cancel') });
});
afterAll(() => world.close());

it('leaves an order whose id there is not known out of the call, and says so', async () => {
  const [known, other] = twoCancels(pack);
  const sent = await session.cancelMany?.([{ ...other!, venueOrderId: null }, known!]);
  expect(sent).toMatchObject({
    kind: 'done',
    value: [{ kind: 'refused', why: { code: 'NO_VENUE_ID' } }, { kind: 'gone' }],
  });
  expect(world.server.requests.map(({ text }) => JSON.parse(text) as unknown)).toEqual([
    { order_ids: [pack.venueOrderId] },
  ]);
});

it('asks nothing when none of the ids is known', async () => {
  const none = twoCancels(pack).map((one) => ({ ...one, venueOrderId: null }));
  expect(await session.cancelMany?.(none)).toMatchObject({ kind: 'not_sent', why: { code: 'NOT_RENDERED' } });
  expect(world.server.requests).toEqual([]);
});
