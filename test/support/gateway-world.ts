import { randomBytes } from 'node:crypto';
import { loadConfig } from '#config';
import type { AccountId, ParentOrderId } from '#domain';
import { createLogger, HealthRegistry, Metrics, type RunningService } from '#observability';
import { ChildOrderRepository, type NewChildOrder, type StoredChildOrder, requestCancelOfParents } from '#persistence';
import { exchangeGatewayService, storeCredential } from '../../apps/exchange-gateway/src/service.js';
import { decideChild } from './ledger-child.js';
import { openLedgerWorld, type LedgerWorld } from './ledger-world.js';
import { startReferenceMarket, type ReferenceMarket } from './reference-market.js';
import { startSimExchange, type SimAccount, type SimExchange } from './sim-exchange.js';
import { until } from './until.js';
import { openUsdmDesk, type UsdmDesk } from './usdm-desk.js';

/** The real gateway service on real stores, with a simulated exchange of its own whose market is scripted. */
export interface GatewayWorld {
  readonly ledger: LedgerWorld;
  readonly sim: SimExchange;
  readonly metrics: Metrics;
  /** The key of the account at the exchange, for whoever uses it beside us. */
  readonly key: SimAccount;
  /** The account at the exchange's futures; null unless the world was opened with one. */
  readonly usdm: UsdmDesk | null;
  /** Stores another key for the account, as its newest. */
  storeKey(credential: { apiKey: string; apiSecret: string }, accountId?: AccountId): Promise<void>;
  /** What the feed says of TESTUSDT, which the last gate measures by: 99 and 101 unless told otherwise. */
  readonly market: ReferenceMarket;
  /** Decides a child as the scheduler would: row, due work and job in one transaction. */
  addChild(parentOrderId: ParentOrderId, over?: Partial<NewChildOrder>): Promise<number>;
  child(parentOrderId: ParentOrderId, sequence?: number): Promise<StoredChildOrder>;
  cancel(parentOrderId: ParentOrderId): Promise<void>;
  /** Waits until the child is in that state, `closed filled` for example. */
  untilChild(
    parentOrderId: ParentOrderId,
    state: string,
    timeoutMs?: number,
    sequence?: number,
  ): Promise<StoredChildOrder>;
  /**
   * Starts another gateway process on the same stores, or the first again after `stopGateways`.
   * @param env of this one, over what the world's options say
   */
  startGateway(env?: Readonly<Record<string, string>>): Promise<RunningService>;
  stopGateways(): Promise<void>;
  untilTrading(): Promise<void>;
  close(): Promise<void>;
}

const BOOK = { bids: [['99.00', '50']], asks: [['101.00', '50']] };

export interface GatewayWorldOptions {
  /** Where the gateways find Redis; default: where the tests do. */
  readonly redisUrl?: (real: string) => Promise<string>;
  /** Where the gateways find the exchange; default: where it is. */
  readonly venueUrl?: (real: string) => Promise<string>;
  /** Of the gateways, beside what the world needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** USDT in the futures wallet of a second account, which trades USD-M; default: no such account. */
  readonly usdm?: string;
  /** Of the simulated exchange. */
  readonly simEnv?: Readonly<Record<string, string>>;
}

export async function openGatewayWorld(options: GatewayWorldOptions = {}): Promise<GatewayWorld> {
  const ledger = await openLedgerWorld('gateway');
  const sim = await startSimExchange(options.simEnv);
  await sim.control('PUT', 'markets/TESTUSDT/book', BOOK);
  const key = await sim.openAccount('mock', { USDT: '1000000', TEST: '10000' });
  const masterKey = randomBytes(32);
  const { db, tenantId, accountId } = ledger;
  const storeKey: GatewayWorld['storeKey'] = ({ apiKey, apiSecret }, of = accountId) =>
    storeCredential({ db, masterKey, tenantId, accountId: of, credential: { apiKey, apiSecret } });
  await storeKey(key);
  const usdm = options.usdm === undefined ? null : await openUsdmDesk({ ledger, sim, storeKey }, options.usdm);
  const metrics = new Metrics();
  const redisUrl = (await options.redisUrl?.(ledger.stores.redisUrl)) ?? ledger.stores.redisUrl;
  const venueUrl = (await options.venueUrl?.(sim.url)) ?? sim.url;
  const running = new Set<RunningService>();
  let gateways = 0;

  const startGateway: GatewayWorld['startGateway'] = async (env) => {
    gateways += 1;
    const config = loadConfig(exchangeGatewayService.shape, {
      DATABASE_URL: ledger.stores.gatewayUrl,
      REDIS_URL: redisUrl,
      REDIS_PREFIX: ledger.stores.redisPrefix,
      REDIS_ALLOW_UNSAFE: 'true',
      SIM_VENUE_URL: venueUrl,
      SIM_USDM_URL: usdm === null ? 'off' : sim.usdmUrl,
      CREDENTIALS_MASTER_KEY: masterKey.toString('hex'),
      ...options.env,
      ...env,
      GATEWAY_INSTANCE_ID: `test-gateway-${gateways}`,
    });
    const logger = createLogger('test', process.env.TEST_LOG_LEVEL ?? 'silent');
    const service = await exchangeGatewayService.start(config, { logger, metrics, health: new HealthRegistry() });
    running.add(service);
    const stop = async (): Promise<void> => {
      running.delete(service); // stopped once: a second time would wait for connections that are gone
      await service.stop();
    };
    return { ...service, stop };
  };
  const stopGateways = async (): Promise<void> => {
    await Promise.all([...running].map((service) => service.stop()));
    running.clear();
  };
  const child = async (parentOrderId: ParentOrderId, sequence = 0): Promise<StoredChildOrder> => {
    const found = await ledger.inTenant((tx) => new ChildOrderRepository(tx, tenantId).find(parentOrderId, sequence));
    if (found === null) throw new Error(`No child ${sequence} of ${parentOrderId}`);
    return found;
  };
  const accountStatus = () =>
    ledger.inTenant(async (tx) => {
      const [row] = await tx.query<{ status: string }[]>('SELECT status FROM account_states WHERE account_id = $1', [
        accountId,
      ]);
      return row?.status;
    });

  const market = await startReferenceMarket(ledger.stores, ledger.clock);
  await startGateway();
  const world: GatewayWorld = {
    market,
    ledger,
    sim,
    metrics,
    key,
    usdm,
    storeKey,
    child,
    startGateway,
    addChild: async (parentOrderId, over = {}) => {
      await ledger.inTenant((tx) => decideChild(tx, ledger, parentOrderId, over));
      return over.sequence ?? 0;
    },
    cancel: async (parentOrderId) => {
      await ledger.inTenant(async (tx) => {
        await new ChildOrderRepository(tx, tenantId).lockParent(parentOrderId);
        await requestCancelOfParents(tx, tenantId, [parentOrderId], 'test');
      });
    },
    untilChild: async (parentOrderId, wanted, timeoutMs = 60_000, sequence = 0) => {
      let seen = '';
      await until(
        async () => {
          const { state } = (await child(parentOrderId, sequence)).order;
          seen = state.status === 'closed' ? `closed ${state.reason}` : state.status;
          return seen === wanted;
        },
        { timeoutMs, what: `child is ${wanted}` },
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}; it was ${seen}`);
      });
      return child(parentOrderId, sequence);
    },
    stopGateways,
    untilTrading: () => until(async () => (await accountStatus()) === 'trading', { what: 'the account trades' }),
    close: async () => {
      await stopGateways();
      await market.stop();
      await usdm?.market.stop();
      await sim.stop();
      await ledger.close();
    },
  };
  await world.untilTrading();
  await usdm?.tellOrderCounts();
  return world;
}
