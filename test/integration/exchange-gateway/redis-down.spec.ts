import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { CuttableProxy } from '../../support/cuttable-proxy.js';
import { openGatewayWorld, type GatewayWorld } from '../../support/gateway-world.js';
import { until } from '../../support/until.js';

let world: GatewayWorld;
let proxy: CuttableProxy;
let realRedis = '';

beforeAll(async () => {
  world = await openGatewayWorld({
    redisUrl: async (real) => {
      realRedis = real;
      proxy = await CuttableProxy.to(real);
      const url = new URL(real);
      url.port = new URL(proxy.url).port;
      return url.href;
    },
  });
});
afterAll(async () => {
  await world.close();
  await proxy.cut();
});

it('VE-B38 cancels leave while Redis is away, and no place does; both go on when it is back', async () => {
  const resting = await world.ledger.addParent({ symbol: 'TESTUSDT' });
  await world.addChild(resting);
  await world.untilChild(resting, 'working');
  await proxy.cut();
  const placed = await world.ledger.addParent({ symbol: 'TESTUSDT' });
  await world.addChild(placed);
  const began = performance.now();
  await world.cancel(resting);
  await world.untilChild(resting, 'closed canceled');
  // Polled every 250 ms; the rest is one transaction, one request and one more transaction.
  expect(performance.now() - began).toBeLessThan(10_000);
  expect((await world.child(placed)).order).toMatchObject({ epoch: 0, state: { status: 'pending' } });
  await proxy.restore(realRedis);
  await world.untilChild(placed, 'working');
  const { order } = await world.child(placed);
  await until(async () => (await world.sim.orders()).some((o) => o.clientOrderId === order.clientOrderId));
});
