import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { hyperliquidPack as pack } from '../../../../test/support/venue-packs/hyperliquid.js';
import { fenceAtT0, openPackWorld, type PackWorld } from '../../../../test/support/venue-packs/pack-world.js';
import { order, recorded } from '../../../../test/support/venue-packs/pack.js';
import type { PayCall } from '../ports.js';

let world: PackWorld;
let paid: string[];
let mayPay: boolean;
const pay: PayCall = (call) => {
  if (!mayPay) return Promise.reject(new Error('exhausted'));
  paid.push(call);
  return Promise.resolve(({ kind, meta }) => {
    paid.push(`${kind} ${meta?.httpStatus}`);
    return Promise.resolve();
  });
};

beforeEach(async () => {
  world = await openPackWorld();
  [paid, mayPay] = [[], true];
});
afterEach(() => world.close());

it('pays for the list that orders need numbers from, once for all sessions, and asks nothing that is not paid', async () => {
  const { server } = world;
  server.answer = (request) => ({
    status: 200,
    body: recorded(pack.fixtures, pack.beside?.(request) ?? pack.place.reply),
  });
  const venue = world.newVenue(pack.protocol);
  const connect = () => venue.connect(pack.account, world.venueClock, undefined, pay);
  mayPay = false;
  const session = await connect();
  expect(await session.place(order(pack.symbol), fenceAtT0())).toMatchObject({
    kind: 'not_sent',
    why: { code: 'MARKETS_UNAVAILABLE', text: 'exhausted' },
  });
  expect(server.requests).toEqual([]);
  mayPay = true;
  expect((await session.place(order(pack.symbol), fenceAtT0())).kind).toBe('done');
  expect((await (await connect()).place(order(pack.symbol), fenceAtT0())).kind).toBe('done');
  expect(paid).toEqual([pack.protocol.publicCalls.instruments, 'ok 200']);
  expect(server.requests).toHaveLength(3);
});
