import { watch } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { send, SimClient, type Reply } from './sim-client.js';
import { kill, SimProcesses, type Started } from './sim-process.js';

interface State {
  readonly records: readonly Record<string, unknown>[];
}

let directory: string;
const processes = new SimProcesses();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sim-state-'));
});
afterEach(async () => {
  await processes.end();
  await rm(directory, { recursive: true });
});

const start = (): Promise<Started> => processes.start({ SIM_DATA_DIR: directory });
const stateOf = async (client: SimClient): Promise<State> => (await client.control('GET', 'state')) as unknown as State;
const ordersOf = async (client: SimClient): Promise<number> => (await client.control('GET', 'ledger')).orders.length;
const put = ({ urls }: SimClient, state: State): Promise<Reply> =>
  send('PUT', `${urls.controlUrl}/control/state`, { body: JSON.stringify(state) });

/** The state with many more orders, which came and went. */
function enlarged(state: State, more: number): State {
  const order = state.records.find(({ k }) => k === 'order');
  const closed = Array.from({ length: more }, (_, i) => [
    { ...order, id: 1_000 + i, cid: `more${i}`, lock: '0' },
    { k: 'close', order: 1_000 + i, status: 'EXPIRED', at: 1 },
  ]);
  return { records: [...state.records, ...closed.flat()] };
}

it('a kill while a dump is taken back leaves what was before or what is then, whole', async () => {
  const { child, ready } = await start();
  const client = new SimClient(ready);
  const key = await client.account('a', { USDT: '1000' });
  for (let i = 0; i < 5; i += 1) await client.order(key, 'BUY', '100', '1');
  const state = enlarged(await stateOf(client), 20_000);
  const killed = new Promise<void>((resolve) => {
    const watcher = watch(directory, (_, file) => {
      if (file !== 'journal.jsonl.new') return;
      watcher.close();
      resolve(kill(child));
    });
  });
  await Promise.all([killed, put(client, state).catch(() => undefined)]);

  const after = new SimClient((await start()).ready);
  expect([5, 20_005]).toContain(await ordersOf(after));
  expect(await after.control('GET', 'invariants')).toEqual({ hold: true });
  expect((await after.order(key, 'BUY', '100', '1')).status).toBe(200);
});

it('a dump that was taken back is there after a kill', async () => {
  const { child, ready } = await start();
  const client = new SimClient(ready);
  const key = await client.account('a', { USDT: '1000' });
  await client.order(key, 'BUY', '100', '1');
  const state = await stateOf(client);
  await client.order(key, 'BUY', '100', '1');
  expect((await put(client, state)).status).toBe(200);
  await kill(child);
  const after = new SimClient((await start()).ready);
  expect(await ordersOf(after)).toBe(1);
  expect((await readdir(directory)).filter((name) => name.endsWith('.new'))).toEqual([]);
});

it('numbers go on over a reset, a dump taken back and an order that was only acknowledged, each with a kill', async () => {
  let { child, ready } = await start();
  let client = new SimClient(ready);
  let key = await client.account('a', { USDT: '1000' });
  const ids: number[] = [];
  const order = async (): Promise<void> => {
    ids.push((await client.order(key, 'BUY', '100', '1')).body.orderId);
  };
  const restart = async (): Promise<void> => {
    await kill(child);
    ({ child, ready } = await start());
    client = new SimClient(ready);
  };
  await order();
  const state = await stateOf(client);
  await order();
  expect((await put(client, state)).status).toBe(200);
  await restart();
  await order();
  await client.control('POST', 'faults', { fault: 'acceptance', args: { how: 'silent_drop' }, times: 1 });
  await order();
  await restart();
  await order();
  await client.control('POST', 'reset');
  await restart();
  key = await client.account('a', { USDT: '1000' });
  await order();
  expect(ids).toEqual([1, 2, 3, 4, 5, 6]);
  expect(key.accountId).toBe(2);
});

it("a second simulator on the same folder is refused, and a killed one is in nobody's way", async () => {
  const { child, ready } = await start();
  const refusal = await processes.refused({ SIM_DATA_DIR: directory });
  expect(refusal).toContain(`sim-venue: folder ${directory} is in use by process ${ready.pid}`);
  expect(refusal.trim().split('\n')).toHaveLength(1);
  const key = await new SimClient(ready).account('a', { USDT: '1000' });
  await kill(child);
  const { ready: again } = await start();
  expect((await new SimClient(again).order(key, 'BUY', '100', '1')).body.orderId).toBe(1);
});

it('a dump that contradicts itself is refused and changes nothing, not even for a restart', async () => {
  const { child, ready } = await start();
  const client = new SimClient(ready);
  const key = await client.account('a', { USDT: '1000' });
  await client.order(key, 'BUY', '100', '1');
  const before = await client.control('GET', 'ledger');
  const state = await stateOf(client);
  const [account, deposit, order] = state.records;
  const bad: [string, readonly (Record<string, unknown> | undefined)[]][] = [
    ['record 0 (deposit): Account 1 does not exist', [deposit]],
    [
      'record 1 (usdm.transfer): Account 9 does not exist',
      [account, { k: 'usdm.transfer', account: 9, units: '1', at: 1 }],
    ],
    ['record 1 (close): Order 7 does not exist', [account, { k: 'close', order: 7, status: 'CANCELED', at: 1 }]],
    [
      'Order 2 cannot rest in TESTUSDT: Book would be crossed',
      [
        account,
        deposit,
        { k: 'deposit', account: 1, asset: 'TEST', units: '100000000', at: 1 },
        order,
        { ...order, id: 2, cid: 'other', side: 'SELL', ticks: 9_900, lots: 1_000, lock: '100000000' },
      ],
    ],
  ];
  for (const [problem, records] of bad) {
    const reply = await put(client, { records: records as State['records'] });
    expect([reply.status, reply.text]).toEqual([400, expect.stringContaining(problem)]);
  }
  expect(order).toMatchObject({ k: 'order' });
  expect(await client.control('GET', 'ledger')).toEqual(before);
  expect((await client.signed(key, 'GET', '/api/v3/openOrders')).list).toHaveLength(1);
  await kill(child);
  expect(await new SimClient((await start()).ready).control('GET', 'ledger')).toEqual(before);
});
