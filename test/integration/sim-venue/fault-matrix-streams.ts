import { expect } from '@jest/globals';
import { until } from '../../support/until.js';
import type { FaultRow } from './fault-matrix.js';
import type { FaultWorld } from './fault-world.js';
import type { WsClient, WsMessage } from './ws-client.js';

const TRADES = 'testusdt@aggTrade';
/** Longer than a busy machine takes for the trades behind the one that is held back. */
const LENGTHS: readonly object[] = [{ ms: 400 }, { minMs: 400, maxMs: 410 }, { p50: 400, p99: 401 }];

const quantities = ({ messages }: WsClient): number[] =>
  messages.map((message) => Number((message as unknown as { q?: string }).q)).filter((qty) => !Number.isNaN(qty));

/** Prints three trades of 1, 2 and 3 and waits until a client without faults had them all. */
async function threeTrades(world: FaultWorld): Promise<void> {
  const witness = await world.stream('trade');
  for (const qty of ['1', '2', '3']) await world.trade(qty);
  await until(() => quantities(witness).length === 3);
}

const ofTrades = (args: object, times: number | null, sees: (socket: WsClient) => Promise<void> | void): FaultRow => ({
  rule: { fault: 'stream', args, match: { route: TRADES }, ...(times !== null && { times }) },
  sees: async (world) => {
    const socket = await world.stream('aggTrade');
    await threeTrades(world);
    await sees(socket);
  },
});

const ofUser = (args: object, sees: (world: FaultWorld, socket: WsClient) => Promise<void>): FaultRow => ({
  rule: { fault: 'stream', args, match: { route: 'userDataStream' }, times: 1 },
  sees: async (world) => sees(world, await world.userStream()),
});

const quote = async (world: FaultWorld): Promise<{ bid: number; ask: number }> => {
  const socket = await world.stream('bookTicker');
  await world.book('98', '102');
  const told = (await socket.next((message) => 'b' in message)) as unknown as { b: string; a: string };
  return { bid: Number(told.b), ask: Number(told.a) };
};

/** Changes the book until `socket` was told of `count` changes. */
async function depthEvents(world: FaultWorld, socket: WsClient, count: number): Promise<readonly WsMessage[]> {
  let bid = 50;
  await until(
    async () => {
      bid = bid === 50 ? 51 : 50;
      await world.book(String(bid), '150');
      return socket.messages.filter((message) => 'u' in message).length >= count;
    },
    { everyMs: 25 },
  );
  return socket.messages.filter((message) => 'u' in message);
}

export const MARKET_ROWS: readonly FaultRow[] = [
  ofTrades({ how: 'cut' }, 1, (socket) => socket.closed()),
  ofTrades({ how: 'drop', count: 2 }, 1, (socket) => until(() => quantities(socket).join() === '3')),
  ofTrades({ how: 'silence' }, null, (socket) => expect(quantities(socket)).toEqual([])),
  ofTrades({ how: 'duplicate' }, 1, (socket) => until(() => quantities(socket).join() === '1,1,2,3')),
  ofTrades({ how: 'swap', by: 2 }, 1, (socket) => until(() => quantities(socket).join() === '2,3,1')),
  ...LENGTHS.map((length) =>
    ofTrades({ how: 'delay', ...length }, 1, (socket) => until(() => quantities(socket).join() === '2,3,1')),
  ),
  {
    rule: { fault: 'stream', args: { how: 'gap', count: 3 }, match: { route: 'testusdt@depth@100ms' }, times: 1 },
    sees: async (world) => {
      const [faulty, whole] = [await world.stream('depth@100ms'), await world.stream('depth@100ms')];
      const all = await depthEvents(world, whole, 5);
      await until(() => faulty.messages.length >= 2);
      // What was lost was lost for one of the two, and its last event does not follow the one before the gap.
      const lost = all.filter(({ u }) => !faulty.messages.some((told) => told.u === u));
      expect(lost).toHaveLength(3);
      const next = faulty.messages.find(({ U }) => U > (lost.at(-1)?.u ?? Infinity));
      expect(next?.U).toBe((lost.at(-1)?.u ?? 0) + 1);
    },
  },
  {
    rule: { fault: 'stream', args: { how: 'crossed' }, match: { route: 'testusdt@bookTicker' } },
    sees: async (world) => expect(await quote(world)).toEqual({ bid: 102, ask: 98 }),
  },
  {
    rule: { fault: 'stream', args: { how: 'jump', bps: 1_000 }, match: { route: 'testusdt@bookTicker' } },
    sees: async (world) => {
      const { bid, ask } = await quote(world);
      expect([bid >= 107 && bid <= 107.8, ask >= 112 && ask <= 112.2]).toEqual([true, true]);
      const { body } = await world.get(
        `${world.product === 'spot' ? '/api/v3' : '/fapi/v1'}/ticker/bookTicker?symbol=TESTUSDT`,
      );
      expect(Number((body as unknown as { bidPrice: string }).bidPrice)).toBe(98);
    },
  },
  ofUser({ how: 'stale_key', tell: true }, async (world, socket) => {
    await world.place();
    const end = world.product === 'spot' ? 'eventStreamTerminated' : 'listenKeyExpired';
    await until(() => world.eventTypes(socket).includes(end));
    expect(world.orderEvents(socket)).toEqual([]);
  }),
  ofUser({ how: 'stale_key', tell: false }, async (world, socket) => {
    await world.place();
    const fresh = await world.userStream();
    await world.place();
    await until(() => world.orderEvents(fresh).length === 1);
    expect([world.orderEvents(socket), socket.isClosed]).toEqual([[], false]);
  }),
  ofUser({ how: 'fill_before_ack', ms: 60_000 }, async (world, socket) => {
    await world.take();
    await until(() => world.orderEvents(socket).length === 2);
    expect(world.orderEvents(socket).map(({ x }) => x)).toEqual(['TRADE', 'NEW']);
  }),
  ofUser({ how: 'fill_before_ack', ms: 40 }, async (world, socket) => {
    await world.place();
    await until(() => world.orderEvents(socket).some(({ x }) => x === 'NEW'));
  }),
];
