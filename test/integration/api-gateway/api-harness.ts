import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import { notional, price, quantity, type EpochMs, type Instrument, type TenantId, type VenueId } from '#domain';
import { createLogger, HealthRegistry, Metrics } from '#observability';
import type { MidPrice, MidPrices } from '#order-intake';
import {
  createTenantWithUser,
  Database,
  InstrumentRepository,
  type Scope,
  TokenRepository,
  UserRepository,
  type TenantUser,
  type Tx,
} from '#persistence';
import type { QueriesOptions } from '#queues';
import { ApiGatewayModule } from '../../../apps/api-gateway/src/app.module.js';
import { hashToken } from '../../../apps/api-gateway/src/auth/authorization-header.js';
import { createHttpApp } from '../../../apps/api-gateway/src/http/create-http-app.js';
import type { ListedVenue } from '../../../apps/api-gateway/src/credentials/venue-list.js';
import type { PositionQuestions } from '../../../apps/api-gateway/src/strategies/position-questions.js';
import type { SigningSecrets } from '../../../apps/api-gateway/src/strategies/signing-secrets.js';
import type { SocketLimits } from '../../../apps/api-gateway/src/updates/limits.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { assertDocumented } from './documented-answers.js';

const SIM = 'sim' as VenueId;
const spot = (base: string, lot: string, tick: string): Instrument => ({
  venue: SIM,
  symbol: `${base}USDT`,
  pair: `${base}-USDT`,
  marketType: 'spot',
  base,
  quote: 'USDT',
  tick: price(tick),
  lot: quantity(lot),
  minQty: quantity(lot),
  minNotional: notional('5'),
  status: 'trading',
});
/** Of the simulated futures. */
const PERP: Instrument = {
  ...spot('ETH', '0.001', '0.01'),
  venue: 'sim-usdm' as VenueId,
  pair: 'ETH:PERP-USDT',
  marketType: 'perp',
};
const INSTRUMENTS = [spot('ETH', '0.0001', '0.01'), spot('BTC', '0.00001', '0.01'), PERP];

/** A mid price that a test sets; it counts as told just now unless the test says how old it is. */
class ScriptedMids implements MidPrices {
  private readonly prices = new Map<string, { price: string; ageMs: number }>();

  set(symbol: string, mid: string, ageMs = 0): void {
    this.prices.set(symbol, { price: mid, ageMs });
  }

  forget(symbol: string): void {
    this.prices.delete(symbol);
  }

  /** A perpetual has the mid of its spot market unless it was given one of its own, under `venue symbol`. */
  mid(venue: VenueId, symbol: string): MidPrice | null {
    const found = this.prices.get(`${venue} ${symbol}`) ?? this.prices.get(symbol);
    return found === undefined ? null : { price: price(found.price), at: (Date.now() - found.ageMs) as EpochMs };
  }
}

export interface User extends TenantUser {
  readonly token: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers by name
  readonly json: any;
  readonly keys: readonly string[];
  field(name: string): unknown;
  /** A field that holds a time, in ms. */
  time(field: string): number;
}

export interface Route {
  readonly method: string;
  readonly path: string;
}

export interface RequestOptions {
  readonly token?: string | null;
  /** Of another process; default the first one's. */
  readonly url?: string;
  readonly body?: unknown;
  readonly rawBody?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The order of section 10 of order-api.md. */
export const P = {
  accounts: ['mock'],
  pair: 'ETH-USDT',
  side: 'buy',
  duration: 300,
  strategy: 'TWAP',
  base_asset_qty: 5,
};

export interface GatewayOptions {
  readonly limits?: Partial<SocketLimits>;
  readonly dashboardDir?: string;
  readonly allowedOrigins?: readonly string[];
  readonly operator?: TenantId;
  readonly restrictionApproval?: boolean;
  readonly mockAccount?: boolean;
  readonly venues?: readonly ListedVenue[];
  readonly signing?: SigningSecrets;
  readonly positions?: PositionQuestions;
  /** Where everything is logged, to the last detail; unset: nowhere. */
  readonly log?: { write(line: string): void };
}

interface Gateway {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly metrics: Metrics;
  readonly routes: readonly Route[];
}

/** Where a test may answer the questions of the API. */
const queriesOf = ({ redisUrl, redisPrefix }: TestDatabase): QueriesOptions => ({ url: redisUrl, prefix: redisPrefix });

async function startGateway(
  databaseUrl: string,
  queries: QueriesOptions,
  mids: MidPrices,
  { dashboardDir, log, ...options }: GatewayOptions,
): Promise<Gateway> {
  const metrics = new Metrics();
  const runtime = {
    logger: log === undefined ? createLogger('api-gateway', 'silent') : createLogger('api-gateway', 'trace', log),
    metrics,
    health: new HealthRegistry(),
  };
  const database = { url: databaseUrl, poolSize: 10, applicationName: 'api-gateway' };
  const app = await createHttpApp(
    ApiGatewayModule.register({ database, mids, runtime, queries, ...options }),
    runtime,
    dashboardDir,
  );
  const routes: Route[] = [];
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', ({ method, url }: { method: string | string[]; url: string }) => {
      for (const verb of [method].flat()) routes.push({ method: verb, path: url });
    });
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl(), metrics, routes };
}

/** The public API over real HTTP on a database of its own, with the mids of section 10. */
export class ApiHarness {
  readonly mids = new ScriptedMids();
  private readonly users: User[] = [];
  private readonly replicas: (() => Promise<void>)[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly db: Database,
    private readonly app: NestFastifyApplication,
    mids: ScriptedMids,
    readonly url: string,
    readonly metrics: Metrics,
    /** All that is served, with the paths as they were declared. */
    readonly routes: readonly Route[],
  ) {
    this.mids = mids;
  }

  static async start(
    appUrl?: (database: TestDatabase) => Promise<string>,
    options: GatewayOptions = {},
  ): Promise<ApiHarness> {
    const database = await createTestDatabase();
    const db = await Database.connect({ url: database.appUrl, poolSize: 3, applicationName: 'test' });
    await db.inSystem((tx) => new InstrumentRepository(tx).upsertAll(INSTRUMENTS));
    const mids = new ScriptedMids();
    mids.set('ETHUSDT', '3012.40');
    mids.set('BTCUSDT', '60000');
    const url = (await appUrl?.(database)) ?? database.appUrl;
    const gateway = await startGateway(url, queriesOf(database), mids, options);
    return new ApiHarness(database, db, gateway.app, mids, gateway.url, gateway.metrics, gateway.routes);
  }

  /** Another process of the same service, as far as a test can tell; ended with the harness or by its `close`. */
  async addReplica(options: GatewayOptions = {}): Promise<{ url: string; metrics: Metrics; close(): Promise<void> }> {
    const { app, url, metrics } = await startGateway(
      this.database.appUrl,
      queriesOf(this.database),
      this.mids,
      options,
    );
    let closed: Promise<void> | undefined;
    const close = (): Promise<void> => (closed ??= app.close());
    this.replicas.push(close);
    return { url, metrics, close };
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((close) => close()));
    await this.app.close();
    await this.db.close();
    await this.database.drop();
  }

  /** A user in a tenant of its own. */
  async addUser(scopes: readonly Scope[] = ['read', 'trade', 'cancel']): Promise<User> {
    const token = randomBytes(20).toString('hex');
    const name = `user-${this.users.length}-${token.slice(0, 6)}`;
    const user = await createTenantWithUser(this.db, {
      tenant: name,
      user: name,
      tokenHashHex: hashToken(token),
      scopes,
    });
    const added = { ...user, token };
    this.users.push(added);
    return added;
  }

  /** Another user in the same tenant. */
  async addColleague(of: User, scopes: readonly Scope[] = ['read', 'trade', 'cancel']): Promise<User> {
    const token = randomBytes(20).toString('hex');
    const { tenantId } = of;
    const userId = await this.db.inTenant(tenantId, async (tx) => {
      const added = await new UserRepository(tx).addUser(tenantId, `colleague-${token.slice(0, 6)}`);
      await new TokenRepository(tx).add(hashToken(token), {
        tenantId,
        userId: added,
        scopes,
      });
      return added;
    });
    return { ...of, userId, token };
  }

  /** @throws Error also when the answer is none that the API's document tells of */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { token, body, rawBody, headers = {}, url = this.url } = options;
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === undefined || token === null ? {} : { Authorization: `Token ${token}` }),
        ...(body === undefined && rawBody === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(rawBody !== undefined ? { body: rawBody } : body !== undefined ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    const json = JSON.parse(text) as Record<string, unknown>;
    assertDocumented(method, path, response.status, json);
    return {
      status: response.status,
      headers: response.headers,
      text,
      json,
      keys: Object.keys(json),
      field: (name) => json[name],
      time: (field) => Date.parse(String(json[field])),
    };
  }

  /** `POST /api/orders/` of {@link P} with these fields added or replaced. */
  place(user: User, more: Readonly<Record<string, unknown>> = {}, options: RequestOptions = {}): Promise<Answer> {
    return this.request('POST', '/api/orders/', { token: user.token, body: { ...P, ...more }, ...options });
  }

  asTenant<T>(user: User, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.inTenant(user.tenantId, work);
  }

  /** Runs statements as the owner of the schema. */
  async asOwner(work: (query: (sql: string) => Promise<unknown>) => Promise<unknown>): Promise<void> {
    const client = new Client({ connectionString: this.database.ownerUrl });
    await client.connect();
    try {
      await work((sql) => client.query(sql));
    } finally {
      await client.end();
    }
  }

  /** True while a connection of the API executes this statement. */
  async isRunning(statement: string): Promise<boolean> {
    let count = 0;
    await this.asOwner(async (query) => {
      const found = (await query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'api-gateway'
           AND state = 'active' AND query = '${statement}'`,
      )) as { rowCount: number };
      count = found.rowCount;
    });
    return count > 0;
  }

  /** How many rows of the user's tenant a table holds. */
  async count(user: User, table: string): Promise<number> {
    const [found] = await this.asTenant(user, (tx) =>
      tx.query<{ count: number }[]>(`SELECT count(*)::integer AS count FROM ${table} WHERE tenant_id = $1`, [
        user.tenantId,
      ]),
    );
    return found!.count;
  }
}
