import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { VenueOrderId } from '#domain';
import { krakenPack as pack } from '../../../../test/support/venue-packs/kraken.js';
import { ID, OFFSET, T0, order, recorded } from '../../../../test/support/venue-packs/pack.js';
import { openPackWorld, fenceAtT0, type PackWorld } from '../../../../test/support/venue-packs/pack-world.js';
import type { SoleCaller, VenueSession } from '../ports.js';

const REPLIES: Readonly<Record<string, string>> = {
  '/0/private/AddOrder': 'place',
  '/0/private/CancelOrder': 'cancel',
  '/0/private/BalanceEx': 'balances',
};

let world: PackWorld;
const connect = (caller: SoleCaller): Promise<VenueSession> => world.connect(pack.protocol, pack.account, caller);
const paths = (): string[] => world.server.requests.map(({ path }) => path.replace('/0/private/', ''));
const nonces = (): number[] => world.server.requests.map(({ body }) => Number(body.get('nonce')));

beforeAll(async () => {
  world = await openPackWorld();
});
beforeEach(() => {
  world.server.requests.length = 0;
  world.server.answer = ({ path }) => ({ status: 200, body: recorded('kraken', REPLIES[path] ?? path) });
});
afterAll(() => world.close());

it('A4 sends nothing for an account that another process may be calling for', async () => {
  const session = await connect({ nextNonce: () => Promise.resolve(null) });
  const why = { code: 'NOT_HOLDER' };
  expect(await session.place(order(pack.symbol), fenceAtT0())).toMatchObject({ kind: 'not_sent', why });
  expect(
    await session.cancel({ symbol: pack.symbol, clientOrderId: ID, venueOrderId: '7' as VenueOrderId }),
  ).toMatchObject({ kind: 'not_sent', why });
  expect(await session.balances()).toMatchObject({ kind: 'failed', why });
  expect(world.server.requests).toEqual([]);
});

it('A4 sends nothing when the right to call cannot be asked for', async () => {
  const session = await connect({ nextNonce: () => Promise.reject(new Error('the database is away')) });
  expect(await session.place(order(pack.symbol), fenceAtT0())).toMatchObject({
    kind: 'not_sent',
    why: { code: 'NO_NONCE' },
  });
  expect(world.server.requests).toEqual([]);
});

it('A4 takes the number that it is given, and asks for none below the clock', async () => {
  const least: number[] = [];
  const session = await connect({
    nextNonce: (clockMicros) => (least.push(clockMicros), Promise.resolve(clockMicros + 7)),
  });
  await session.balances();
  expect(least).toEqual([(T0 + OFFSET) * 1_000]);
  expect(nonces()).toEqual([(T0 + OFFSET) * 1_000 + 7]);
});

it('A4 lets a cancel overtake the calls that wait, and numbers them as they leave', async () => {
  let last = 0;
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const session = await connect({
    nextNonce: async (least) => {
      if (last === 0) await held;
      return (last = Math.max(last + 1, least));
    },
  });
  const first = session.balances();
  const rest = [
    session.balances(),
    session.place(order(pack.symbol), fenceAtT0()),
    session.cancel({ symbol: pack.symbol, clientOrderId: ID, venueOrderId: null }),
    session.cancel({ symbol: pack.symbol, clientOrderId: ID, venueOrderId: null }),
  ];
  letGo();
  await Promise.all([first, ...rest]);
  expect(paths()).toEqual(['BalanceEx', 'CancelOrder', 'CancelOrder', 'AddOrder', 'BalanceEx']);
  expect(nonces()).toEqual([...nonces()].sort((a, b) => a - b));
  expect(new Set(nonces()).size).toBe(5);
});
