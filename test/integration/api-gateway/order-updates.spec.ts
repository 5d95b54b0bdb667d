import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { pruneOrderUpdates, TokenRepository } from '#persistence';
import { hashToken } from '../../../apps/api-gateway/src/auth/authorization-header.js';
import { until } from '../../support/until.js';
import { ApiHarness, type User } from './api-harness.js';
import { MULTI_KEYS, ROW_KEYS } from './documented-keys.js';
import { MULTI } from './multi-order-body.js';
import { UpdatesClient } from './updates-client.js';

let api: ApiHarness;
let user: User;
const clients: UpdatesClient[] = [];

beforeAll(async () => {
  api = await ApiHarness.start();
  user = await api.addUser();
});
afterEach(() => clients.splice(0).forEach((client) => client.close()));
afterAll(() => api.stop());

async function connect(url = api.url, who = user): Promise<UpdatesClient> {
  const client = await UpdatesClient.open(url, who.token);
  clients.push(client);
  return client;
}
async function subscribe(since?: number, url = api.url, who = user): Promise<{ ws: UpdatesClient; seq: number }> {
  const ws = await connect(url, who);
  return { ws, seq: await ws.subscribe(since) };
}
const cancel = (id: string, who = user) => api.request('DELETE', `/api/order/${id}`, who);
const placed = async (who = user): Promise<string> => String((await api.place(who)).field('id'));
/** Fills of an order, each a transaction of its own unless they shall be quick. */
const fills = (id: string, count: number, who = user): Promise<unknown> =>
  api.asTenant(who, (tx) =>
    tx.query(
      `DO $$ BEGIN FOR i IN 1..${count} LOOP UPDATE parent_orders SET cum_base = cum_base + 0.0001 WHERE id = '${id}'; END LOOP; END $$`,
    ),
  );

describe('what a subscriber is told', () => {
  it('OA-57 tells of an order that is created, begins and is canceled, one number after the other', async () => {
    const { ws, seq } = await subscribe();
    const id = await placed();
    await cancel(id);
    const updates = await ws.untilUpdates(3);
    expect(ws.told).toEqual(['order_created', 'order_activated', 'order_canceled']);
    expect(updates.map((update) => update.seq)).toEqual([seq + 1, seq + 2, seq + 3]);
    expect(updates.map(({ data }) => [data.order_id, data.order!['id']])).toEqual(Array(3).fill([id, id]));
    expect(updates.map(({ data }) => data.order!['status'])).toEqual(['ACTIVE', 'ACTIVE', 'CANCELED']);
    const listed = await api.request('GET', '/api/orders/?page_size=1', user);
    expect(updates[2]!.data.order).toEqual(listed.json.orders[0]);
    expect(Object.keys(updates[0]!.data.order!)).toEqual(ROW_KEYS);
    expect(Object.keys(updates[0]!)).toEqual(['type', 'seq', 'data']);
  });

  it('shows each fill with the order as it was then, also when it is told later', async () => {
    const { seq } = await subscribe();
    const id = await placed();
    await fills(id, 2);
    await cancel(id);
    const { ws, seq: now } = await subscribe(seq);
    const updates = await ws.untilUpdates(5);
    expect(now).toBe(seq + 5);
    expect(updates.map(({ data }) => [data.update_type, data.order!['status'], data.order!['executed_qty']])).toEqual([
      ['order_created', 'ACTIVE', '0'],
      ['order_activated', 'ACTIVE', '0'],
      ['order_fill_received', 'ACTIVE', '0.0001'],
      ['order_fill_received', 'ACTIVE', '0.0002'],
      ['order_canceled', 'CANCELED', '0.0002'],
    ]);
  });

  it('tells every connection of the user, on every replica, everything once and in order', async () => {
    const replica = await api.addReplica();
    const listeners = await Promise.all([subscribe(), subscribe(), subscribe(undefined, replica.url)]);
    const ids = await Promise.all([placed(), placed(), placed()]);
    await Promise.all(ids.map((id) => fills(id, 40)));
    const first = await listeners[0].ws.untilUpdates(126);
    for (const { ws, seq } of listeners) {
      const updates = await ws.untilUpdates(126);
      expect(updates).toEqual(first);
      expect(updates.map((update) => update.seq)).toEqual(updates.map((_, i) => seq + 1 + i));
    }
    await replica.close();
  });

  it('tells nobody of the orders of others', async () => {
    const other = await api.addColleague(user);
    const stranger = await api.addUser();
    const [theirs, foreign] = [
      await subscribe(undefined, api.url, other),
      await subscribe(undefined, api.url, stranger),
    ];
    const { ws } = await subscribe();
    await placed();
    await placed(stranger);
    await ws.untilUpdates(2);
    await foreign.ws.untilUpdates(2);
    expect([foreign.seq, foreign.ws.updates.map((update) => update.seq)]).toEqual([0, [1, 2]]);
    theirs.ws.say({ command: 'keep_alive' });
    await until(() => theirs.ws.ofType('keep_alive').length === 1);
    expect(theirs.ws.updates).toEqual([]);
  });

  it('goes on when the database has dropped every connection of the service', async () => {
    const { ws, seq } = await subscribe();
    const before = await placed();
    await ws.untilUpdates(2);
    await api.asOwner((query) =>
      query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'test'`),
    );
    await fills(before, 1);
    await until(async () => (await api.place(user)).status === 200);
    const updates = await ws.untilUpdates(5);
    expect(ws.told.slice(2)).toEqual(['order_fill_received', 'order_created', 'order_activated']);
    expect(updates.map((update) => update.seq)).toEqual([1, 2, 3, 4, 5].map((i) => seq + i));
  });

  it('says nothing before the subscription and after its end', async () => {
    const silent = await connect();
    const { ws } = await subscribe();
    await placed();
    await ws.untilUpdates(2);
    ws.say({ command: 'unsubscribe', data_type: 'user_orders' });
    await until(() => ws.ofType('unsubscribed').length === 1);
    expect(ws.ofType('unsubscribed')[0]).toEqual({ type: 'unsubscribed', data: { data_type: 'user_orders' } });
    const { ws: witness } = await subscribe();
    await placed();
    await witness.untilUpdates(2);
    for (const quiet of [silent, ws]) {
      quiet.say({ command: 'keep_alive' });
      await until(() => quiet.ofType('keep_alive').length === 1);
    }
    expect([silent.updates.length, ws.updates.length]).toEqual([0, 2]);
    // Subscribing again goes on from now; what was missed is asked for with `since`.
    await ws.subscribe();
    await placed();
    expect((await ws.untilUpdates(4)).at(-1)!.seq).toBe(witness.updates[1]!.seq! + 2);
  });
});

describe('what a subscriber is told of a multi order', () => {
  const ask = (method: string, path: string, body?: unknown) =>
    api.request(method, path, { token: user.token, ...(body === undefined ? {} : { body }) });
  const sql = (text: string, parameters: readonly unknown[]): Promise<unknown> =>
    api.asTenant(user, (tx) => tx.query(text, [...parameters]));
  /** As the scheduler begins it: all legs at their mids, then the whole, in one transaction. */
  const begin = (id: string, legs: readonly string[]): Promise<unknown> =>
    api.asTenant(user, async (tx) => {
      for (const [index, leg] of legs.entries())
        await tx.query(
          `UPDATE parent_orders SET status = 'ACTIVE', activated_at = now(), start_price = $2 WHERE id = $1`,
          [leg, ['60000', '3012.4'][index]],
        );
      await tx.query(`UPDATE multi_orders SET status = 'ACTIVE', activated_at = now() WHERE id = $1`, [id]);
    });
  const fillLeg = (leg: string, base: string, quote: string): Promise<unknown> =>
    sql('UPDATE parent_orders SET cum_base = cum_base + $2, cum_quote = cum_quote + $3 WHERE id = $1', [
      leg,
      base,
      quote,
    ]);
  const placeMulti = async (): Promise<{ id: string; legs: [string, string] }> => {
    const { status, json } = await ask('POST', '/api/multi_orders/', MULTI);
    expect(status).toBe(200);
    return { id: json.id, legs: json.child_order_ids };
  };

  const waitsForLock = async (): Promise<boolean> => {
    const [found] = await api.db.inSystem((tx) =>
      tx.query<{ waits: boolean }[]>(
        `SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                        WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()) AS waits`,
      ),
    );
    return found!.waits;
  };

  it('tells its whole life between that of its legs, one number after the other, and the same when it is missed', async () => {
    const { ws, seq } = await subscribe();
    const { id, legs } = await placeMulti();
    await begin(id, legs);
    await fillLeg(legs[1], '4', '12049.6');
    await ask('POST', '/api/pause_multi_order/', { multi_order_id: id });
    await ask('POST', '/api/resume_multi_order/', { multi_order_id: id });
    await ask('DELETE', `/api/multi_order/${id}`);
    await fillLeg(legs[0], '0.1', '6000');
    const updates = await ws.untilUpdates(19);
    expect(updates.map((update) => update.seq)).toEqual(updates.map((_, i) => seq + 1 + i));
    const whole = updates.filter(({ data }) => data.order_id === id);
    expect(
      whole.map(({ data }) => [data.update_type, data.order!['status'], data.order!['executed_notional']]),
    ).toEqual([
      ['order_created', 'SUBMITTED', 0],
      ['order_activated', 'ACTIVE', 0],
      ['order_fill_received', 'ACTIVE', 12_049.6],
      ['order_paused', 'PAUSED', 12_049.6],
      ['order_activated', 'ACTIVE', 12_049.6],
      ['order_canceled', 'CANCELED', 12_049.6],
      ['order_fill_received', 'CANCELED', 18_049.6],
    ]);
    expect(whole.map(({ data }) => data.order!['pct_filled'])).toEqual([
      ...['0.00', '0.00', '20.04', '20.04', '20.04', '20.04', '30.02'],
    ]);
    for (const { data } of whole) expect(Object.keys(data.order!).sort()).toEqual([...MULTI_KEYS].sort());
    expect(whole.at(-1)!.data.order).toEqual((await ask('GET', `/api/multi_order/${id}`)).json);
    const ofLegs = updates.filter(({ data }) => data.order_id !== id);
    expect(ofLegs.map(({ data }) => data.order!['parent_order_id'])).toEqual(Array(12).fill(id));
    // A leg's fill is told before that of the whole.
    expect(
      updates.filter(({ data }) => data.update_type === 'order_fill_received').map((u) => u.data.order_id),
    ).toEqual([legs[1], id, legs[0], id]);
    const { ws: late } = await subscribe(seq);
    const again = await late.untilUpdates(19);
    expect(again.filter(({ data }) => data.order_id === id)).toEqual(whole);
  });

  it('never tells less than before when its legs fill at the same time, and tells no colleague', async () => {
    const colleague = await subscribe(undefined, api.url, await api.addColleague(user));
    const { id, legs } = await placeMulti();
    await begin(id, legs);
    const { ws } = await subscribe();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let written: () => void = () => undefined;
    const isWritten = new Promise<void>((resolve) => (written = resolve));
    const slow = api.asTenant(user, async (tx) => {
      await tx.query('UPDATE parent_orders SET cum_base = 0.1, cum_quote = 6000 WHERE id = $1', [legs[0]]);
      await tx.query('SET CONSTRAINTS ALL IMMEDIATE'); // as the commit does
      written();
      await held;
    });
    await isWritten;
    let isOver = false;
    const quick = fillLeg(legs[1], '1', '3012.4').then(() => (isOver = true));
    await until(async () => isOver || (await waitsForLock()), { what: 'the other fill is on its way' });
    release();
    await Promise.all([slow, quick]);
    const updates = await ws.untilUpdates(4);
    const told = updates.filter(({ data }) => data.order_id === id).map(({ data }) => data.order!['executed_notional']);
    expect(told).toEqual([6_000, 9_012.4]);
    colleague.ws.say({ command: 'keep_alive' });
    await until(() => colleague.ws.ofType('keep_alive').length === 1);
    expect(colleague.ws.updates).toEqual([]);
  });

  it('tells nothing of what was rolled back, and forgets with what is no longer kept', async () => {
    const { id, legs } = await placeMulti();
    await expect(
      api.asTenant(user, async (tx) => {
        await tx.query(`UPDATE multi_orders SET status = 'ACTIVE', activated_at = now() WHERE id = $1`, [id]);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    const { ws, seq } = await subscribe();
    await begin(id, legs);
    expect((await ws.untilUpdates(3)).map((update) => update.seq)).toEqual([seq + 1, seq + 2, seq + 3]);
    await pruneOrderUpdates(api.db, { olderThanMs: 86_400_000, keepPerUser: 1 });
    const kept = await api.asTenant(user, (tx) =>
      tx.query<{ multi_order_id: string; update_type: string }[]>(
        'SELECT multi_order_id, update_type FROM multi_order_updates WHERE user_id = $1',
        [user.userId],
      ),
    );
    expect(kept).toEqual([{ multi_order_id: id, update_type: 'order_activated' }]);
  });
});

describe('what was missed', () => {
  it('comes after the answer, in order, without a hole or a repeat before what happens now', async () => {
    const { seq } = await subscribe();
    const id = await placed();
    await fills(id, 998);
    const { ws, seq: now } = await subscribe(seq);
    await fills(id, 100);
    const updates = await ws.untilUpdates(1_100);
    expect(now).toBe(seq + 1_000);
    expect(updates.map((update) => update.seq)).toEqual(updates.map((_, i) => seq + 1 + i));
    expect([ws.frames[0]!.type, ws.ofType('gap')]).toEqual(['subscribed', []]);
  });

  it('is nothing for who is up to date', async () => {
    const { seq } = await subscribe();
    const { ws, seq: now } = await subscribe(seq);
    ws.say({ command: 'keep_alive' });
    await until(() => ws.ofType('keep_alive').length === 1);
    expect([now, ws.updates, ws.ofType('gap')]).toEqual([seq, [], []]);
  });

  it('is a gap when it is no longer kept, or never was', async () => {
    const { seq } = await subscribe();
    const id = await placed();
    await fills(id, 10);
    await until(async () => (await subscribe()).seq === seq + 12);
    await pruneOrderUpdates(api.db, { olderThanMs: 86_400_000, keepPerUser: 5 });
    const last = seq + 12;
    for (const since of [last - 6, last + 1, 0]) {
      const { ws } = await subscribe(since);
      await until(() => ws.ofType('gap').length === 1);
      expect(ws.frames.slice(0, 2)).toEqual([
        { type: 'subscribed', data: { data_type: 'user_orders', seq: last } },
        { type: 'gap', data: { seq: last } },
      ]);
    }
    const { ws: lucky } = await subscribe(last - 5);
    expect((await lucky.untilUpdates(5)).map((update) => update.seq)).toEqual([1, 2, 3, 4, 5].map((i) => last - 5 + i));
    expect(lucky.ofType('gap')).toEqual([]);
  });
});

describe('what clients may say', () => {
  it('answers a keep-alive, and anything else with an error', async () => {
    const ws = await connect();
    const said = [
      { command: 'keep_alive' },
      'nonsense',
      { command: 'fly' },
      { command: 'subscribe', data_type: 'prices' },
      Buffer.from('{"command":"keep_alive"}'),
    ];
    for (const message of said) ws.say(message);
    await until(() => ws.frames.length === said.length);
    const unknown = { type: 'error', data: { error: 'unknown command' } };
    expect(ws.frames).toEqual([{ type: 'keep_alive' }, unknown, unknown, unknown, unknown]);
  });

  it('closes on a frame of more than 4 KiB, and on more than 20 at once', async () => {
    const [wordy, hasty] = [await connect(), await connect()];
    wordy.say('x'.repeat(4_096));
    await until(() => wordy.frames.length === 1);
    wordy.say('x'.repeat(4_097));
    expect((await wordy.untilClosed()).code).toBe(1009);
    for (let i = 0; i < 30; i += 1) hasty.say({ command: 'keep_alive' });
    expect(await hasty.untilClosed()).toEqual({ code: 4429, reason: 'too many frames' });
    expect(hasty.frames.length).toBeLessThan(30);
  });
});

describe('who may connect', () => {
  it('OA-58 accepts a bad token and closes with 4401', async () => {
    for (const token of ['0'.repeat(40), '', 'None', 'x'.repeat(300)]) {
      const ws = await UpdatesClient.open(api.url, token);
      expect(await ws.untilClosed()).toEqual({ code: 4401, reason: 'invalid token' });
      expect(ws.frames).toEqual([]);
    }
  });

  it('closes a token that may not read, and one that is revoked within 5 s (S-01)', async () => {
    const canceler = await api.addUser(['cancel']);
    expect((await (await connect(api.url, canceler)).untilClosed()).code).toBe(4403);
    const gone = await api.addUser();
    const replica = await api.addReplica({ limits: { tokenCheckMs: 50 } });
    const [ws, stays] = [await connect(replica.url, gone), await connect(replica.url)];
    await api.asTenant(gone, (tx) => new TokenRepository(tx).revoke(hashToken(gone.token)));
    expect((await ws.untilClosed()).code).toBe(4401);
    stays.say({ command: 'keep_alive' });
    await until(() => stays.frames.length === 1);
    await replica.close();
  });

  it('closes the eleventh connection of a user with 4429, and takes one again when one is gone', async () => {
    const many = await api.addUser();
    const open = await Promise.all(Array.from({ length: 10 }, () => connect(api.url, many)));
    const eleventh = await connect(api.url, many);
    expect(await eleventh.untilClosed()).toEqual({ code: 4429, reason: 'too many connections' });
    open[0]!.close();
    await open[0]!.untilClosed();
    await until(async () => {
      const next = await connect(api.url, many);
      next.say({ command: 'keep_alive' });
      await until(() => next.frames.length === 1 || next.closed !== null);
      return next.closed === null;
    });
  });

  it('never logs the token that stands in the address, whatever goes wrong', async () => {
    const lines: string[] = [];
    const replica = await api.addReplica({ log: { write: (line) => lines.push(line) } });
    const { ws } = await subscribe(undefined, replica.url);
    await UpdatesClient.open(replica.url, '1'.repeat(40));
    await expect(UpdatesClient.open(`${replica.url}/elsewhere`, user.token)).rejects.toThrow();
    expect((await fetch(`${replica.url}/ws/orders/?token=${user.token}`)).status).toBe(404);
    await api.asOwner((query) => query('ALTER TABLE order_update_heads RENAME TO lost'));
    await placed();
    await until(() => lines.some((line) => line.includes('updates of orders are late')));
    ws.say({ command: 'subscribe', data_type: 'user_orders' });
    expect((await ws.untilClosed()).code).toBe(1013);
    await api.asOwner((query) => query('ALTER TABLE lost RENAME TO order_update_heads'));
    await replica.close();
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) for (const token of [user.token, '1'.repeat(40)]) expect(line).not.toContain(token);
  });

  it('refuses pages of other origins and other paths in HTTP, in the one shape of errors', async () => {
    const refused = async (path: string, origin?: string): Promise<[number, string]> => {
      const socket = new WebSocket(api.url.replace('http', 'ws') + path, origin === undefined ? {} : { origin });
      const [, response] = (await once(socket, 'unexpected-response')) as [
        unknown,
        { statusCode: number; on(event: 'data', listener: (data: Buffer) => void): void },
      ];
      let text = '';
      response.on('data', (data) => (text += data.toString()));
      await until(() => text.endsWith('}'));
      return [response.statusCode, (JSON.parse(text) as { code: string }).code];
    };
    const path = `/ws/orders/?token=${user.token}`;
    expect(await refused(path, 'https://elsewhere.example')).toEqual([403, 'forbidden']);
    expect(await refused(`/ws/other/?token=${user.token}`)).toEqual([404, 'not_found']);
    const replica = await api.addReplica({ allowedOrigins: ['https://elsewhere.example'] });
    for (const origin of ['https://elsewhere.example', replica.url]) {
      const ws = await UpdatesClient.open(replica.url, user.token, { origin });
      ws.say({ command: 'keep_alive' });
      await until(() => ws.frames.length === 1);
      ws.close();
    }
    await replica.close();
  });
});

describe('who is cut off', () => {
  it('OA-58 closes with 4408 after silence, not while the client says something', async () => {
    const replica = await api.addReplica({ limits: { silenceMs: 400 } });
    const [silent, talking] = [await connect(replica.url), await connect(replica.url)];
    const talk = setInterval(() => talking.say({ command: 'keep_alive' }), 100);
    expect(await silent.untilClosed()).toEqual({ code: 4408, reason: 'no frame for 30 s' });
    const heard = talking.frames.length;
    await until(() => talking.frames.length >= heard + 6);
    clearInterval(talk);
    expect(talking.closed).toBeNull();
    expect(await talking.untilClosed()).toMatchObject({ code: 4408 });
    await replica.close();
  });

  it('closes with 4413 who does not read what happens, and holds up nobody else', async () => {
    const replica = await api.addReplica({ limits: { queuedFrames: 200 } });
    const [slow, quick] = [await subscribe(undefined, replica.url), await subscribe(undefined, replica.url)];
    slow.ws.stopReading();
    const id = await placed();
    // The kernel's buffers must be full before frames wait with us.
    const closed = async (): Promise<boolean> =>
      /closed_total\{reason="queue_full"\} 1/.test(await replica.metrics.text());
    while (!(await closed())) {
      await fills(id, 2_000);
      const expected = (await subscribe()).seq - quick.seq;
      await quick.ws.untilUpdates(expected);
    }
    slow.ws.readAgain();
    expect(await slow.ws.untilClosed()).toEqual({ code: 4413, reason: 'too many frames wait to be read' });
    const seqs = slow.ws.updates.map((update) => update.seq!);
    expect(seqs).toEqual(seqs.map((_, i) => slow.seq + 1 + i));
    await replica.close();
  });

  it('replays more than fits the queue to a client that reads, without closing it', async () => {
    const replica = await api.addReplica({ limits: { queuedFrames: 50 } });
    const { seq } = await subscribe();
    await fills(await placed(), 500);
    const { ws } = await subscribe(seq, replica.url);
    expect((await ws.untilUpdates(502)).at(-1)!.seq).toBe(seq + 502);
    expect(ws.closed).toBeNull();
    await replica.close();
  });

  it('says goodbye with 1001 when the service stops, soon, and cuts off who does not answer', async () => {
    const replica = await api.addReplica({ limits: { goodbyeMs: 300 } });
    const [polite, deaf] = [await connect(replica.url), await connect(replica.url)];
    deaf.stopReading();
    const began = performance.now();
    await replica.close();
    expect(performance.now() - began).toBeLessThan(20_000);
    expect((await polite.untilClosed()).code).toBe(1001);
    await expect(UpdatesClient.open(replica.url, user.token)).rejects.toThrow();
    deaf.readAgain();
    await deaf.untilClosed();
  });
});

it('counts connections, frames and closes', async () => {
  const replica = await api.addReplica();
  const { ws } = await subscribe(undefined, replica.url);
  await placed();
  await ws.untilUpdates(2);
  await (await UpdatesClient.open(replica.url, 'nobody')).untilClosed();
  const text = await replica.metrics.text();
  expect(text).toMatch(/^tranche_ws_connections 1$/m);
  expect(text).toMatch(/^tranche_ws_frames_total\{direction="in"\} 1$/m);
  expect(text).toMatch(/^tranche_ws_frames_total\{direction="out"\} 3$/m);
  expect(text).toMatch(/^tranche_ws_closed_total\{reason="bad_token"\} 1$/m);
  expect(text).toMatch(/^tranche_order_update_seconds_count 2$/m);
  expect(text).not.toContain(user.token);
  await replica.close();
  expect(await replica.metrics.text()).toMatch(/^tranche_ws_connections 0$/m);
});
