import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../../support/until.js';
import { ApiHarness, type Answer, type User } from './api-harness.js';
import { bookHoldings } from './book-holdings.js';

let api: ApiHarness;
let user: User;
beforeAll(async () => {
  api = await ApiHarness.start();
});
afterAll(() => api.stop());
beforeEach(async () => {
  user = await api.addUser();
});

const post = (path: string, body: object): Promise<Answer> =>
  api.request('POST', `/api/${path}/`, { token: user.token, body });
const sql = <Row = unknown>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
  api.asTenant(user, (tx) => tx.query<Row[]>(text, [...parameters]));
const book = (): Promise<void> => bookHoldings(api, user);

describe('close_balances', () => {
  it('OA-53 closes tokens and positions by orders of at most the cap, and says what it cannot', async () => {
    await book();
    const answer = await post('close_balances', { max_notional: 1000 });
    expect(answer.status).toBe(200);
    const orders = answer.json.orders as Record<string, unknown>[];
    expect(orders.map((o) => [o['pair'], o['side'], o['strategy_name'], o['target_order_qty'], o['status']])).toEqual([
      ['BTC-USDT', 'sell', 'Market', '0.01666', 'ACTIVE'],
      ['ETH-USDT', 'sell', 'Market', '0.2', 'ACTIVE'],
      ['ETH:PERP-USDT', 'buy', 'Market', '0.331', 'ACTIVE'],
    ]);
    for (const order of orders) expect(Number(order['sell_token_amount'])).toBeLessThanOrEqual(1000);
    expect(orders[2]?.['strategy_params']).toEqual({ reduce_only: true });
    expect(answer.json.errors).toEqual([
      { account_name: 'mock', symbol: 'SHIB', message: 'SHIB is sold nowhere on the venue' },
    ]);
    expect(await api.count(user, 'parent_orders')).toBe(3);
  });

  it('takes another strategy, with 300 s for a trajectory', async () => {
    await book();
    const body = { max_notional: '3', account_names: ['mock'], preferred_strategy: 'TWAP' };
    const small = await post('close_balances', body);
    expect([small.json.orders, small.json.errors]).toEqual([
      [],
      expect.arrayContaining([{ account_name: 'mock', symbol: 'BTC', message: "below the venue's minimum" }]),
    ]);
    const { json } = await post('close_balances', { ...body, max_notional: 1e9 });
    expect(
      (json.orders as { duration: number; target_order_qty: string }[]).map((o) => [o.duration, o.target_order_qty]),
    ).toEqual([
      [300, '2'],
      [300, '0.2'],
      [300, '10'],
    ]);
  });

  it('says which of two positions an order closes where the account holds both', async () => {
    await book();
    await sql(`UPDATE positions SET side = 'short' WHERE account_id = $1`, [user.perpAccountId]);
    await sql('UPDATE account_states SET hedge_mode = true WHERE account_id = $1', [user.perpAccountId]);
    const { json } = await post('close_balances', { max_notional: 1000 });
    expect((json.orders as Record<string, unknown>[]).map((o) => [o['pair'], o['side'], o['pos_side']])).toContainEqual(
      ['ETH:PERP-USDT', 'buy', 'short'],
    );
  });

  it('has nothing to do where nothing is held', async () => {
    expect((await post('close_balances', { max_notional: 5 })).json).toEqual({ orders: [], errors: [] });
  });

  it.each([
    [{}, ['max_notional']],
    [{ max_notional: 0 }, ['max_notional']],
    [
      { max_notional: 5, account_names: ['nobody'], preferred_strategy: 'asdf' },
      ['account_names', 'preferred_strategy'],
    ],
    ...['POV', 'IOC', 'Target Participation Rate'].map((preferred_strategy): [object, string[]] => [
      { max_notional: 5, preferred_strategy },
      ['preferred_strategy'],
    ]),
    [{ max_notional: 5, account_names: 'mock', preferred_strategy: 'Limit' }, ['account_names', 'preferred_strategy']],
  ])('refuses %j', async (body, fields) => {
    const answer = await post('close_balances', body);
    expect([answer.status, Object.keys(answer.json.errors as object)]).toEqual([400, fields]);
  });
});

describe('close_balances, repeated with its key', () => {
  const BODY = { max_notional: 1000 };
  const repeat = (body: object = BODY): Promise<Answer> =>
    api.request('POST', '/api/close_balances/', { token: user.token, body, headers: { 'Idempotency-Key': 'close' } });
  const pairs = ({ json }: Answer): string[] => (json.orders as { pair: string }[]).map(({ pair }) => pair);
  const ids = ({ json }: Answer): string[] => (json.orders as { id: string }[]).map(({ id }) => id);
  const replayed = ({ headers }: Answer): string | null => headers.get('idempotency-replayed');
  const ALL = ['BTC-USDT', 'ETH-USDT', 'ETH:PERP-USDT'];
  const placed = async (): Promise<string[]> =>
    (await sql<{ pair: string }>('SELECT pair FROM parent_orders ORDER BY pair')).map(({ pair }) => pair);

  /** Something that happens in the database whenever the API adds such a row. */
  async function whenever(table: string, condition: string, what: string): Promise<void> {
    await api.asOwner(async (query) => {
      await query(`CREATE OR REPLACE FUNCTION interfere() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF current_setting('application_name') = 'api-gateway' AND ${condition} THEN ${what}; END IF;
          RETURN NEW;
        END $$`);
      await query(`CREATE TRIGGER interfere BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION interfere()`);
    });
  }
  const noMore = (table: string): Promise<void> =>
    api.asOwner((query) => query(`DROP TRIGGER IF EXISTS interfere ON ${table}`));
  afterEach(async () => {
    await noMore('parent_orders');
    await noMore('idempotency_keys');
  });
  const ETH = `NEW.pair = 'ETH-USDT'`;

  it.each([
    ['breaks', 'PERFORM pg_terminate_backend(pg_backend_pid())', 'the service cannot answer at the moment, try again'],
    ['refuses', `RAISE EXCEPTION 'disk full'`, 'the service cannot answer at the moment, try again'],
  ])('sells each balance once though the database %s midway', async (_, what, message) => {
    await book();
    await whenever('parent_orders', ETH, what);
    const first = await repeat();
    expect([first.status, pairs(first)]).toEqual([200, ['BTC-USDT']]);
    expect(first.json.errors).toEqual([
      { account_name: 'mock', symbol: 'ETH', message },
      { account_name: 'mock', symbol: 'SHIB', message: 'not tried, because an order before it failed' },
      { account_name: 'mock', symbol: 'ETH:PERP-USDT', message: 'not tried, because an order before it failed' },
    ]);
    await noMore('parent_orders');
    // What the first try sold is gone by now.
    await sql(`UPDATE balances SET free = 0 WHERE account_id = $1 AND asset = 'BTC'`, [user.accountId]);

    const second = await repeat();
    expect([second.status, replayed(second), pairs(second)]).toEqual([200, null, ALL]);
    expect(ids(second)[0]).toBe(ids(first)[0]);
    const third = await repeat();
    expect([replayed(third), ids(third)]).toEqual(['true', ids(second)]);
    expect(await placed()).toEqual(ALL);
  });

  it('keeps nothing where the first order already failed', async () => {
    await book();
    await whenever('parent_orders', 'true', `RAISE EXCEPTION 'disk full'`);
    expect((await repeat()).status).toBe(500);
    await noMore('parent_orders');
    expect([pairs(await repeat()), await placed()]).toEqual([ALL, ALL]);
  });

  it.each([
    ['breaks', 'PERFORM pg_terminate_backend(pg_backend_pid())'],
    ['refuses', `RAISE EXCEPTION 'disk full'`],
  ])('sells each balance once though the database %s when the answer is stored', async (_, what) => {
    await book();
    await whenever('idempotency_keys', `NEW.route = 'POST /api/close_balances/' AND NEW.status = 200`, what);
    const first = await repeat();
    expect([first.status, pairs(first)]).toEqual([200, ALL]);
    await noMore('idempotency_keys');
    const second = await repeat();
    expect([replayed(second), ids(second)]).toEqual([null, ids(first)]);
    expect(replayed(await repeat())).toBe('true');
    expect(await placed()).toEqual(ALL);
  });

  describe('while it takes long', () => {
    const CLAIM = `route = 'POST /api/close_balances/' AND status = 0`;
    const isOld = async (): Promise<unknown> =>
      (
        await sql<{ old: boolean }>(
          `SELECT created_at < clock_timestamp() - interval '30 seconds' AS old FROM idempotency_keys WHERE ${CLAIM}`,
        )
      ).map(({ old }) => old);
    const grow = (seconds: number): Promise<void> =>
      api.asOwner((query) =>
        query(`UPDATE idempotency_keys SET created_at = created_at - interval '${seconds} seconds' WHERE ${CLAIM}`),
      );
    const waiting = (count: number): Promise<void> =>
      until(async () => {
        const [found] = await sql<{ count: number }>(
          `SELECT count(*)::integer AS count FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`,
        );
        return found?.count === count;
      });
    /** Orders of the pair wait until `work` is done. */
    const holding = (pair: string, work: () => Promise<void>): Promise<void> =>
      api.asTenant(user, async (tx) => {
        await tx.query('SELECT pg_advisory_xact_lock(hashtext($1))', [pair]);
        await work();
      });
    beforeEach(async () => {
      await book();
      await whenever('parent_orders', 'true', 'PERFORM pg_advisory_xact_lock(hashtext(NEW.pair))');
    });

    it('renews its claim with each order', async () => {
      let answer: Promise<Answer> | undefined;
      await holding('ETH:PERP-USDT', async () => {
        await holding('ETH-USDT', async () => {
          answer = repeat();
          await waiting(1);
          await grow(45);
          expect(await isOld()).toEqual([true]);
        });
        await until(async () => (await placed()).includes('ETH-USDT'));
        expect(await isOld()).toEqual([false]);
      });
      expect(pairs(await answer!)).toEqual(ALL);
    });

    it('sells each balance once though its claim ran out', async () => {
      let answers: Promise<Answer>[] = [];
      await holding('ETH-USDT', async () => {
        const first = repeat();
        await waiting(1);
        await grow(61);
        answers = [first, repeat()];
        await waiting(2);
      });
      const [first, second] = await Promise.all(answers);
      for (const answer of [first!, second!]) expect([answer.status, pairs(answer)]).toEqual([200, ALL]);
      expect(ids(second!)).toEqual(ids(first!));
      expect(await placed()).toEqual(ALL);
      expect(replayed(await repeat())).toBe('true');
    });
  });

  it('refuses another body under the key, even where the first try was not finished', async () => {
    await book();
    await whenever('parent_orders', ETH, `RAISE EXCEPTION 'disk full'`);
    await repeat();
    const other = await repeat({ max_notional: 2000 });
    expect([other.status, other.json.code]).toEqual([409, 'idempotency_mismatch']);
    expect(await placed()).toEqual(['BTC-USDT']);
  });
});
