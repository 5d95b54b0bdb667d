import { expect } from '@jest/globals';
import type { ProductName } from '../../../apps/sim-venue/src/floor/product.js';
import { until } from '../../support/until.js';
import type { FaultWorld } from './fault-world.js';
import { MARKET_ROWS } from './fault-matrix-streams.js';
import type { Reply } from './sim-client.js';

/** One fault as it is injected, and what a client sees of it. */
export interface FaultRow {
  readonly rule: { readonly fault: string; readonly args?: object; readonly match?: object; readonly times?: number };
  /** Absent: both. */
  readonly only?: ProductName;
  readonly sees: (world: FaultWorld) => Promise<void>;
}

/** Every way of saying how long. */
export const LENGTHS: readonly object[] = [{ ms: 40 }, { minMs: 40, maxMs: 50 }, { p50: 40, p99: 41 }];
const AT_LEAST_MS = 30;

const took = async <T>(action: () => Promise<T>): Promise<[T, number]> => {
  const start = performance.now();
  return [await action(), performance.now() - start];
};
const ordered = async (world: FaultWorld): Promise<number> => (await world.ledger()).orders.length;
const orderIdOf = ({ body }: Reply): number => body.orderId;
const codeOf = ({ body }: Reply): number => (body as unknown as { code: number }).code;
const msgOf = ({ body }: Reply): string => (body as unknown as { msg: string }).msg;
const onlyOrders = (world: FaultWorld): object => ({ route: `POST ${world.paths.order}` });

/** A fault of one placement; the row's world tells how placing is called there. */
const ofPlacement = (
  rule: Omit<FaultRow['rule'], 'match' | 'times'>,
  sees: FaultRow['sees'],
  only?: ProductName,
): FaultRow => ({
  rule: { ...rule, times: 1 },
  ...(only && { only }),
  sees: async (world) => {
    await world.control('DELETE', 'faults');
    await world.inject({ ...rule, times: 1, match: onlyOrders(world) });
    await sees(world);
  },
});

const latencies: FaultRow[] = LENGTHS.flatMap((length) => [
  ofPlacement({ fault: 'latency', args: { ...length, when: 'before' } }, async (world) => {
    // Too late for its window when it is looked at first.
    const reply = await world.place({ recvWindow: 10 });
    expect([codeOf(reply), await ordered(world)]).toEqual([-1021, 0]);
  }),
  ofPlacement({ fault: 'latency', args: { ...length, when: 'queue' } }, async (world) => {
    // In time when it arrives, and too late after the queue.
    const [reply, ms] = await took(() => world.place({ recvWindow: 10, timestamp: Date.now() + 20 }));
    expect([codeOf(reply), await ordered(world)]).toEqual([-1021, 0]);
    expect(ms).toBeGreaterThan(AT_LEAST_MS);
  }),
  ofPlacement({ fault: 'latency', args: { ...length, when: 'after' } }, async (world) => {
    const [reply, ms] = await took(() => world.place());
    expect([reply.status, await ordered(world)]).toEqual([200, 1]);
    expect(ms).toBeGreaterThan(AT_LEAST_MS);
  }),
  ofPlacement({ fault: 'delay', args: length }, async (world) => {
    const [reply, ms] = await took(() => world.place());
    expect([reply.status, await ordered(world)]).toEqual([200, 1]);
    expect(ms).toBeGreaterThan(AT_LEAST_MS);
  }),
]);

const drops: FaultRow[] = [
  ofPlacement({ fault: 'drop_request' }, async (world) => {
    await expect(world.place()).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(await ordered(world)).toBe(0);
  }),
  ofPlacement({ fault: 'drop_reply', args: { how: 'destroy' } }, async (world) => {
    await expect(world.place()).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(await ordered(world)).toBe(1);
  }),
  ofPlacement({ fault: 'drop_reply', args: { how: 'hold' } }, async (world) => {
    const settled = world.place().then(
      () => 'answered',
      () => 'cut',
    );
    await world.isOrdered(1);
    expect(await Promise.race([settled, world.get(world.paths.time).then(() => 'still open')])).toBe('still open');
  }),
];

const statuses: FaultRow[] = [
  ...[403, 500, 502, 503, 504].map((status) =>
    ofPlacement({ fault: 'status', args: { status, when: 'before' } }, async (world) => {
      const reply = await world.place();
      expect([reply.status, await ordered(world)]).toEqual([status, 0]);
      if (status === 403) expect(reply.text).toContain('<html>');
      if (status === 503 && world.product === 'usdm') expect(msgOf(reply)).toBe('Service Unavailable.');
    }),
  ),
  ...[500, 502, 503, 504].map((status) =>
    ofPlacement({ fault: 'status', args: { status, when: 'after' } }, async (world) => {
      const reply = await world.place();
      expect([reply.status, await ordered(world)]).toEqual([status, 1]);
      if (status === 503 && world.product === 'usdm') expect(msgOf(reply)).toMatch(/^Unknown error/);
    }),
  ),
  ofPlacement({ fault: 'status', args: { status: 503, code: -1008 } }, async (world) => {
    const reply = await world.place();
    expect([reply.status, codeOf(reply), await ordered(world)]).toEqual([503, -1008, 0]);
    expect(msgOf(reply)).toMatch(world.product === 'spot' ? /^Server is currently overloaded/ : /^Request throttled/);
  }),
  ...[-1007, -1006].flatMap((code) =>
    [true, false].map((accepted) =>
      ofPlacement({ fault: 'timeout_code', args: { code, accepted, ms: 40 } }, async (world) => {
        const [reply, ms] = await took(() => world.place());
        expect([codeOf(reply), await ordered(world)]).toEqual([code, accepted ? 1 : 0]);
        expect(ms).toBeGreaterThan(AT_LEAST_MS);
      }),
    ),
  ),
];

const garbles: FaultRow[] = [
  ofPlacement({ fault: 'garble', args: { how: 'truncated' } }, async (world) => {
    const { text, status } = await world.place();
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    expect([status, text.length > 0, await ordered(world)]).toEqual([200, true, 1]);
  }),
  ofPlacement({ fault: 'garble', args: { how: 'wrong_type' } }, async (world) => {
    expect([typeof (await world.place()).body, await ordered(world)]).toEqual(['string', 1]);
  }),
  ofPlacement({ fault: 'garble', args: { how: 'empty' } }, async (world) => {
    const { status, text } = await world.place();
    expect([status, text, await ordered(world)]).toEqual([200, '', 1]);
  }),
  ofPlacement({ fault: 'garble', args: { how: 'no_order_id' } }, async (world) => {
    const { status, body } = await world.place();
    expect([status, 'orderId' in body, 'symbol' in body, await ordered(world)]).toEqual([200, false, true, 1]);
  }),
];

const weightOf = ({ headers }: Reply): number => Number(headers['x-mbx-used-weight-1m']);
const countOf = ({ headers }: Reply): number => Number(headers['x-mbx-order-count-10s']);

const limits: FaultRow[] = [
  ...[429, 418].map((status) =>
    ofPlacement({ fault: 'limit', args: { status, retryAfter: 7 } }, async (world) => {
      const reply = await world.place();
      expect([reply.status, codeOf(reply), reply.headers['retry-after']]).toEqual([status, -1003, '7']);
      expect(await ordered(world)).toBe(0);
    }),
  ),
  {
    rule: { fault: 'limit', args: { foreignWeight: 1_000 } },
    sees: async (world) => {
      expect(weightOf(await world.get(world.paths.time))).toBeGreaterThan(1_000);
      await world.inject({ fault: 'limit', args: { foreignWeight: 10_000 } });
      const reply = await world.get(world.paths.time);
      expect([reply.status, codeOf(reply)]).toEqual([429, -1003]);
    },
  },
  {
    rule: { fault: 'limit', args: { foreignWeight: 1_000, ip: '10.0.0.1' } },
    sees: async (world) => {
      expect(weightOf(await world.get(world.paths.time, { 'x-test-ip': '10.0.0.1' }))).toBeGreaterThan(1_000);
      expect(weightOf(await world.get(world.paths.time, { 'x-test-ip': '10.0.0.2' }))).toBeLessThan(1_000);
    },
  },
  {
    rule: { fault: 'limit', args: { foreignOrders: 50 }, match: { account: 'a' } },
    sees: async (world) => {
      expect(countOf(await world.place())).toBe(51);
      await world.inject({ fault: 'limit', args: { foreignOrders: 300 } });
      const reply = await world.place();
      expect([reply.status, codeOf(reply), await ordered(world)]).toEqual([429, -1015, 1]);
    },
  },
];

const lags: FaultRow[] = LENGTHS.map((length) => ({
  rule: { fault: 'read_lag', args: length },
  sees: async (world) => {
    const orderId = orderIdOf(await world.take());
    expect((await world.ledger()).orders).toMatchObject([{ orderId, status: 'FILLED' }]);
    const first = await world.find(orderId);
    // A slow machine may need longer than the lag to ask.
    if (first.status !== 200) expect(codeOf(first)).toBe(-2013);
    await until(async () => (await world.find(orderId)).body.status === 'FILLED');
    await until(async () => (await world.holds()) > 0.9);
  },
}));
const longLag: FaultRow = {
  rule: { fault: 'read_lag', args: { ms: 60_000 }, match: { clientOrderId: 'lagging' } },
  sees: async (world) => {
    const seen = orderIdOf(await world.place());
    const orderId = orderIdOf(await world.take({ newClientOrderId: 'lagging' }));
    expect(codeOf(await world.find(orderId))).toBe(-2013);
    expect((await world.list('openOrders')).map((order) => order.orderId)).toEqual([seen]);
    expect((await world.list('allOrders')).map((order) => order.orderId)).toEqual([seen]);
    expect([await world.list('trades'), await world.holds()]).toEqual([[], 0]);
    expect((await world.ledger()).fills).toHaveLength(1);
  },
};

const maintenance: FaultRow[] = [
  {
    rule: { fault: 'maintenance', args: { how: 'break' }, match: { symbol: 'TESTUSDT' } },
    sees: async (world) => {
      const { body } = await world.get(world.paths.info);
      const states = (body.symbols as unknown as Record<string, string>[]).map((one) => [one['symbol'], one['status']]);
      expect(states).toContainEqual(['TESTUSDT', 'BREAK']);
      expect(states).toContainEqual(['BTCUSDT', 'TRADING']);
      const reply = await world.place();
      const refusal =
        world.product === 'spot' ? [-1013, 'Market is closed.'] : [-4108, expect.stringMatching(/closed/)];
      expect([codeOf(reply), msgOf(reply), await ordered(world)]).toEqual([...refusal, 0]);
      await world.control('DELETE', 'faults');
      await world.inject({ fault: 'maintenance', args: { how: 'break' }, match: { symbol: 'BTCUSDT' } });
      expect((await world.place()).status).toBe(200);
      await world.get(world.paths.info);
    },
  },
  ...(['keep', 'lose'] as const).map((openOrders): FaultRow => ({
    rule: { fault: 'maintenance', args: { how: 'restart', openOrders } },
    sees: async (world) => {
      await world.control('DELETE', 'faults');
      const orderId = orderIdOf(await world.place());
      const [market, user] = [await world.stream('aggTrade'), await world.userStream()];
      await world.inject({
        fault: 'maintenance',
        args: { how: 'restart', openOrders },
        match: { product: world.product },
      });
      await market.closed();
      await user.closed();
      expect((await world.find(orderId)).body.status).toBe(openOrders === 'keep' ? 'NEW' : 'EXPIRED');
    },
  })),
];

const venueTime = async (world: FaultWorld): Promise<number> =>
  ((await world.get(world.paths.time)).body as unknown as { serverTime: number }).serverTime;

const clocks: FaultRow[] = [
  {
    rule: { fault: 'clock', args: { how: 'offset', ms: -3_600_000 } },
    sees: async (world) => {
      expect((await venueTime(world)) - Date.now()).toBeLessThan(-3_500_000);
      expect(codeOf(await world.place())).toBe(-1021);
      expect((await world.place({ timestamp: Date.now() - 3_600_000 })).status).toBe(200);
    },
  },
  {
    rule: { fault: 'clock', args: { how: 'jump', ms: 3_600_000, afterMs: 40 } },
    sees: async (world) => {
      await until(async () => (await venueTime(world)) - Date.now() > 3_500_000);
      expect(codeOf(await world.place())).toBe(-1021);
    },
  },
  {
    rule: { fault: 'clock', args: { how: 'drift', ppm: 1_000_000 } },
    sees: (world) => until(async () => (await venueTime(world)) - Date.now() > 100),
  },
];

/** Places an order twice under one id, after the first one ended. @returns the second reply */
const repeat = async (world: FaultWorld): Promise<[first: number, second: Reply]> => {
  const id = { newClientOrderId: 'again' };
  const first = orderIdOf(await world.take(id));
  return [first, await world.take(id)];
};
const refusedAsDuplicate = (world: FaultWorld, reply: Reply): void => {
  const refusal = world.product === 'spot' ? [-2010, 'Duplicate order sent.'] : [-4116, 'ClientOrderId is duplicated.'];
  expect([codeOf(reply), msgOf(reply)]).toEqual(refusal);
};

const idRules: FaultRow[] = [
  {
    rule: { fault: 'id_rules', args: { rule: 'open-only' } },
    sees: async (world) => {
      const [first, second] = await repeat(world);
      expect(second.status).toBe(200);
      expect(orderIdOf(second)).not.toBe(first);
      await world.place({ newClientOrderId: 'open' });
      refusedAsDuplicate(world, await world.place({ newClientOrderId: 'open' }));
    },
  },
  {
    rule: { fault: 'id_rules', args: { rule: 'permanent' } },
    sees: async (world) => {
      const [, second] = await repeat(world);
      refusedAsDuplicate(world, second);
      expect(await ordered(world)).toBe(1);
    },
  },
  {
    rule: { fault: 'id_rules', args: { rule: 'returns-existing' } },
    sees: async (world) => {
      const [first, second] = await repeat(world);
      expect([second.status, orderIdOf(second), await ordered(world)]).toEqual([200, first, 1]);
    },
  },
  {
    rule: { fault: 'id_rules', args: { rule: 'none' } },
    sees: async (world) => {
      const id = { newClientOrderId: 'twice' };
      expect([(await world.place(id)).status, (await world.place(id)).status]).toEqual([200, 200]);
      expect(await world.list('openOrders')).toHaveLength(2);
    },
  },
  {
    rule: { fault: 'id_rules', args: { rule: 'forget-filled' } },
    sees: async (world) => {
      const filled = orderIdOf(await world.take());
      const open = orderIdOf(await world.place());
      expect(codeOf(await world.find(filled))).toBe(-2013);
      expect((await world.find(open)).status).toBe(200);
      expect((await world.list('allOrders')).map((order) => order.orderId)).toEqual([filled, open]);
      expect(await world.list('trades')).toHaveLength(1);
    },
  },
];

const acceptances: FaultRow[] = [
  ...LENGTHS.map((length): FaultRow => ({
    rule: { fault: 'acceptance', args: { how: 'asynchronous', ...length } },
    sees: async (world) => {
      const user = await world.userStream();
      const reply = await world.take();
      expect(reply.status).toBe(200);
      expect(world.product === 'spot' ? reply.body.status : 'ACK').not.toBe('FILLED');
      await until(() => world.orderEvents(user).some(({ i, x }) => i === orderIdOf(reply) && x === 'TRADE'));
      expect((await world.ledger()).orders).toMatchObject([{ orderId: orderIdOf(reply), status: 'FILLED' }]);
      const refused = orderIdOf(await world.place({ quantity: '5000' }));
      const verdict = world.product === 'spot' ? 'REJECTED' : 'EXPIRED';
      await until(() => world.orderEvents(user).some(({ i, X }) => i === refused && X === verdict));
      expect(await ordered(world)).toBe(1);
    },
  })),
  {
    rule: { fault: 'acceptance', args: { how: 'forgetful', ms: 40 } },
    sees: async (world) => {
      const [unfilled, filled] = [orderIdOf(await world.place()), orderIdOf(await world.take())];
      await world.cancel(unfilled);
      await until(async () => codeOf(await world.find(unfilled)) === -2013);
      expect((await world.find(filled)).body.status).toBe('FILLED');
      expect((await world.list('allOrders')).map((order) => order.orderId)).toEqual([filled]);
      expect(await ordered(world)).toBe(2);
    },
  },
  {
    rule: { fault: 'acceptance', args: { how: 'silent_drop' } },
    sees: async (world) => {
      const reply = await world.take();
      expect([reply.status, reply.body.status]).toEqual([200, 'NEW']);
      expect(codeOf(await world.find(orderIdOf(reply)))).toBe(-2013);
      expect([await ordered(world), await world.list('trades')]).toEqual([0, []]);
      await world.control('DELETE', 'faults');
      expect(orderIdOf(await world.place())).toBeGreaterThan(orderIdOf(reply));
      await world.inject({ fault: 'acceptance', args: { how: 'silent_drop' } });
      await world.place();
    },
  },
  {
    rule: { fault: 'acceptance', args: { how: 'no_expiry' } },
    sees: async (world) => {
      expect((await world.place({ timestamp: Date.now() - 3_600_000 })).status).toBe(200);
      await world.control('DELETE', 'faults');
      expect(codeOf(await world.place({ timestamp: Date.now() - 3_600_000 }))).toBe(-1021);
      await world.inject({ fault: 'acceptance', args: { how: 'no_expiry' } });
      await world.place();
    },
  },
];

/** The venue's memory, written down and read back, is the same. */
const survivesRestore = async (world: FaultWorld): Promise<void> => {
  const before = await world.ledger();
  await world.control('PUT', 'state', await world.control('GET', 'state'));
  expect(await world.ledger()).toEqual(before);
};

const fills: FaultRow[] = [
  ...LENGTHS.map((length): FaultRow => ({
    rule: { fault: 'fill', args: { how: 'delay', ...length } },
    sees: async (world) => {
      const user = await world.userStream();
      const orderId = orderIdOf(await world.take());
      await until(() => world.orderEvents(user).some(({ x }) => x === 'TRADE'));
      await until(async () => (await world.find(orderId)).body.status === 'FILLED');
    },
  })),
  {
    rule: { fault: 'fill', args: { how: 'delay', ms: 400 } },
    sees: async (world) => {
      const user = await world.userStream();
      const placed = await world.take();
      expect([placed.body.status, Number((placed.body as unknown as Record<string, string>)['executedQty'])]).toEqual([
        'NEW',
        0,
      ]);
      expect((await world.ledger()).orders).toMatchObject([{ status: 'FILLED' }]);
      expect([await world.list('trades'), await world.holds()]).toEqual([[], 0]);
      expect((await world.cancel(orderIdOf(placed))).body.status).toBe('CANCELED');
      await until(() => world.orderEvents(user).some(({ x }) => x === 'TRADE'));
      expect(world.orderEvents(user).map(({ x }) => x)).toEqual(['NEW', 'CANCELED', 'TRADE']);
      await until(async () => (await world.find(orderIdOf(placed))).body.status === 'FILLED');
      expect(await world.list('trades')).toHaveLength(1);
    },
  },
  {
    rule: { fault: 'fill', args: { how: 'bust', ms: 40 }, times: 1 },
    sees: async (world) => {
      const orderId = orderIdOf(await world.take());
      expect((await world.find(orderId)).status).toBe(200);
      await until(async () => (await world.find(orderId)).body.status === 'CANCELED');
      expect([await world.list('trades'), await world.holds()]).toEqual([[], 0]);
      expect((await world.ledger()).fills).toEqual([]);
      await survivesRestore(world);
    },
  },
  {
    rule: { fault: 'fill', args: { how: 'overfill', lots: 5 } },
    sees: async (world) => {
      const { body } = await world.take();
      expect(Number((body as unknown as Record<string, string>)['executedQty'])).toBe(1.005);
      expect((await world.list('trades')).length).toBe(2);
      expect(await world.holds()).toBeGreaterThan(1.003);
      expect((await world.ledger()).fills.map((fill) => fill['overfill'])).toEqual([false, true]);
      await survivesRestore(world);
    },
  },
];

/** Every fault of the control API, in every variant. */
export const FAULT_MATRIX: readonly FaultRow[] = [
  ...latencies,
  ...drops,
  ...statuses,
  ...garbles,
  ...limits,
  ...MARKET_ROWS,
  ...lags,
  longLag,
  ...maintenance,
  ...clocks,
  ...idRules,
  ...acceptances,
  ...fills,
];
