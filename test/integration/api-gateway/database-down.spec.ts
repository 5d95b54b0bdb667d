import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '../../support/until.js';
import { ApiHarness, P, type Answer, type User } from './api-harness.js';
import { MULTI } from './multi-order-body.js';

/** A wire to the database that a test can cut, or hold so that nothing comes through. */
class Wire {
  private readonly sockets = new Set<Socket>();
  private isHeld = false;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async to(host: string, port: number): Promise<Wire> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const wire = new Wire(server, (server.address() as AddressInfo).port);
    server.on('connection', (near) => wire.join(near, connect(port, host)));
    return wire;
  }

  /** Breaks every connection and refuses new ones. */
  async cut(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, 'close');
  }

  async mend(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** Connections stay open and say nothing. */
  hold(): void {
    this.isHeld = true;
    for (const socket of this.sockets) socket.pause();
  }

  release(): void {
    this.isHeld = false;
    for (const socket of this.sockets) socket.resume();
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private join(near: Socket, far: Socket): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      if (this.isHeld) from.pause();
    }
  }
}

let wire: Wire;
let api: ApiHarness;
let user: User;
beforeAll(async () => {
  api = await ApiHarness.start(async ({ appUrl }) => {
    const url = new URL(appUrl);
    wire = await Wire.to(url.hostname, Number(url.port));
    url.port = String(wire.port);
    return url.href;
  });
  user = await api.addUser();
});
afterAll(async () => {
  await api.stop();
  wire.close();
});

const works = async (): Promise<boolean> => (await api.request('GET', '/api/orders/', user)).status === 200;

it('OA-59 answers 503 soon while the database is down, and no order appears later', async () => {
  expect(await works()).toBe(true);
  const before = await api.count(user, 'parent_orders');
  await wire.cut();
  const startedAt = performance.now();
  const answers = await Promise.all([
    api.place(user),
    api.place(user, {}, { headers: { 'Idempotency-Key': 'down' } }),
    api.request('GET', '/api/orders/', user),
    api.request('GET', '/api/balances/', await Promise.resolve({ ...user, token: 'f'.repeat(40) })),
  ]);
  expect(performance.now() - startedAt).toBeLessThan(6_000);
  for (const answer of answers) {
    expect([answer.status, answer.json.code, answer.headers.get('retry-after')]).toEqual([503, 'unavailable', '1']);
    expect(answer.json.error).toBe('the service cannot answer at the moment, try again');
  }
  await wire.mend();
  await until(works);
  expect(await api.count(user, 'parent_orders')).toBe(before);
  const retried = await api.place(user, {}, { headers: { 'Idempotency-Key': 'down' } });
  expect([retried.status, retried.headers.get('idempotency-replayed')]).toEqual([200, null]);
});

it('OA-59 gives up on a database that says nothing, and what it gave up never commits', async () => {
  await until(works);
  const before = await api.count(user, 'parent_orders');
  wire.hold();
  const startedAt = performance.now();
  const answer = await api.place(user, { custom_order_id: 'held' });
  expect([answer.status, answer.json.code]).toEqual([503, 'unavailable']);
  expect(performance.now() - startedAt).toBeLessThan(15_000);
  wire.release();
  await until(works);
  expect(await api.count(user, 'parent_orders')).toBe(before);
  expect((await api.place(user, { custom_order_id: 'held' })).status).toBe(200);
});

/** The commit of what has a custom id is slow; its reply is lost, the commit is not. */
async function loseTheReply(placing: () => Promise<Answer>): Promise<Answer> {
  await until(works);
  await api.asOwner(async (query) => {
    await query(`
      CREATE OR REPLACE FUNCTION lose_the_reply() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF current_setting('application_name') = 'api-gateway' THEN PERFORM pg_notify('test_commits', ''); PERFORM pg_sleep(0.5); END IF;
        RETURN NULL;
      END $$`);
    await query('DROP TRIGGER IF EXISTS slow_commit ON custom_order_ids');
    await query(`
      CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON custom_order_ids
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lose_the_reply()`);
  });
  const placed = placing();
  await until(() => api.isRunning('COMMIT'));
  await wire.cut();
  await wire.mend();
  const answer = await placed;
  await until(works);
  return answer;
}

it.each([
  ['without a key', 'committed', {}],
  ['by its key', 'committed-keyed', { 'Idempotency-Key': 'lost' }],
])('OA-59 finds the order whose commit was answered to nobody, %s', async (_, customId, headers) => {
  const answer = await loseTheReply(() => api.place(user, { custom_order_id: customId }, { headers }));
  const { json } = await api.request('GET', `/api/orders/?custom_order_ids=${customId}`, user);
  expect(json.orders).toHaveLength(1);
  expect([answer.status, answer.json.id]).toEqual([200, json.orders[0].id]);
  expect(answer.keys).not.toContain('error');
  expect(answer.headers.get('idempotency-replayed')).toBeNull();
});

const chainOf = (customId: string): object => ({
  nonsense: 1,
  orders_in_chain: [
    { priority: 1, order_request: { ...P, custom_order_id: customId, schedule_discretion: 0.8 } },
    { priority: 2, order_request: P },
  ],
});
const multiOf = (customId: string): object => ({
  ...MULTI,
  custom_order_id: customId,
  foo: 1,
  schedule_discretion: 0.8,
});

it.each([
  ['multi order', '/api/multi_orders/', multiOf],
  ['chain', '/api/chained_orders/', chainOf],
])(
  'OA-59 tells of a %s whose commit was answered to nobody all that it would have told',
  async (what, path, bodyOf) => {
    const ask = (customId: string): Promise<Answer> =>
      api.request('POST', path, { token: user.token, body: bodyOf(customId) });
    await until(works);
    const told = await ask(`told-${what}`);
    expect(told.json.warnings).toHaveLength(2);
    const answer = await loseTheReply(() => ask(`lost-${what}`));
    expect([answer.status, answer.json.warnings]).toEqual([200, told.json.warnings]);
    expect((await api.request('GET', `${path}?custom_order_ids=lost-${what}`, user)).text).toContain(answer.json.id);
  },
);
