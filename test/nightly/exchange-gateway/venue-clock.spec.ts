import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openGatewayWorld, type GatewayWorld } from '../../support/gateway-world.js';

let world: GatewayWorld;

beforeAll(async () => {
  world = await openGatewayWorld();
});
afterAll(() => world.close());

it.each([90_000, -90_000])(
  'trades, and cancels, where the exchange is %d ms from the database: what no claim fences is signed with its time',
  async (ms) => {
    await world.stopGateways();
    await world.sim.control('DELETE', 'faults');
    await world.sim.control('POST', 'faults', { fault: 'clock', args: { how: 'offset', ms } });
    await world.ledger.inTenant((tx) => tx.query("UPDATE account_states SET status = 'starting'"));
    await world.startGateway();
    await world.untilTrading();
    const parent = await world.ledger.addParent({ symbol: 'TESTUSDT' });
    await world.addChild(parent);
    await world.untilChild(parent, 'working');
    await world.cancel(parent);
    const { order } = await world.untilChild(parent, 'closed canceled');
    expect(order.cumQty.toFixed()).toBe('0');
  },
);
