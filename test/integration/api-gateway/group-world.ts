import { expect } from '@jest/globals';
import type { ParentOrderId } from '#domain';
import type { RunningService } from '#observability';
import { DatabaseClock, wakeParent } from '#persistence';
import { startOrderScheduler } from '../../support/order-scheduler.js';
import { startQuotedMarkets, type QuotedMarkets } from '../../support/quoted-markets.js';
import { until } from '../../support/until.js';
import { ApiHarness, P, type Answer, type User } from './api-harness.js';

/** A member of a chain: its priority, and what it has other than {@link P}. */
export type Member = readonly [priority: number, more?: Readonly<Record<string, unknown>>];

/** The API, the scheduler and the markets that groups trade on, for one user after the other. */
export class GroupWorld {
  user!: User;

  private constructor(
    readonly api: ApiHarness,
    private readonly clock: DatabaseClock,
    readonly markets: QuotedMarkets,
    private scheduler: RunningService,
  ) {}

  static async start(): Promise<GroupWorld> {
    const api = await ApiHarness.start();
    const clock = await DatabaseClock.start(api.db);
    const markets = await startQuotedMarkets(api.database, clock, {
      'ETH-USDT': ['3012.30', '3012.50'],
      'BTC-USDT': ['59999', '60001'],
      'ETH:PERP-USDT': ['3013.90', '3014.10'],
    });
    api.mids.set('sim-usdm ETHUSDT', '3014.00');
    return new GroupWorld(api, clock, markets, await startOrderScheduler(api.database));
  }

  async stop(): Promise<void> {
    await this.scheduler.stop();
    await this.markets.stop();
    this.clock.stop();
    await this.api.stop();
  }

  stopScheduler(): Promise<void> {
    return this.scheduler.stop();
  }

  async startScheduler(): Promise<void> {
    this.scheduler = await startOrderScheduler(this.api.database);
  }

  async nextUser(): Promise<void> {
    this.user = await this.api.addUser();
  }

  /** Nothing is worked on any more that no test looks at. */
  async tidy(): Promise<void> {
    await this.sql('DELETE FROM due_work WHERE tenant_id = $1', [this.user.tenantId]);
  }

  ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    this.api.request(method, path, { token: this.user.token, headers, ...(body === undefined ? {} : { body }) });

  order = (id: unknown): Promise<Answer> => this.ask('GET', `/api/order_summary/${String(id)}`);
  chain = (id: unknown): Promise<Answer> => this.ask('GET', `/api/chained_order/${String(id)}`);
  multi = (id: unknown): Promise<Answer> => this.ask('GET', `/api/multi_order/${String(id)}`);

  sql = <Row = Record<string, unknown>>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
    this.api.asTenant(this.user, (tx) => tx.query<Row[]>(text, [...parameters]));

  placeChain = (members: readonly Member[]): Promise<Answer> =>
    this.ask('POST', '/api/chained_orders/', {
      orders_in_chain: members.map(([priority, more]) => ({ priority, order_request: { ...P, ...more } })),
    });

  /** As the scheduler would leave an order that ended, and wakes it. */
  end = (id: string, status: string, reason: string | null, failure = ''): Promise<void> =>
    this.api.asTenant(this.user, async (tx) => {
      await tx.query(
        `UPDATE parent_orders SET status = $2, completion_reason = $3, failure_reason = $4, ended_at = clock_timestamp()
         WHERE id = $1`,
        [id, status, reason, failure],
      );
      await wakeParent(tx, this.user.tenantId, id as ParentOrderId, 'ended-by-the-test');
    });

  /** The end of an order has been seen by its group. */
  untilSettled = (id: string): Promise<void> =>
    until(
      async () =>
        (await this.sql('SELECT 1 FROM due_work WHERE parent_order_id = $1 AND due_at <= clock_timestamp()', [id]))
          .length === 0,
      { what: 'the end is settled', everyMs: 50 },
    );

  untilMulti = (id: string, status: string): Promise<void> =>
    until(async () => (await this.multi(id)).json.status === status, { what: `${id} is ${status}`, everyMs: 50 });

  untilChain = (id: string, status: string): Promise<void> =>
    until(async () => (await this.chain(id)).json.status === status, { what: `${id} is ${status}`, everyMs: 50 });

  untilOrder = (id: string, status: string): Promise<void> =>
    until(async () => (await this.order(id)).json.status === status, { what: `${id} is ${status}`, everyMs: 50 });

  /** The ids of a multi order that must be taken in, and of its legs. */
  placeMulti = async (body: Readonly<Record<string, unknown>>): Promise<{ id: string; legs: string[] }> => {
    const { status, json } = await this.ask('POST', '/api/multi_orders/', body);
    expect([status, json.error]).toEqual([200, undefined]);
    return { id: json.id, legs: json.child_order_ids };
  };
}
