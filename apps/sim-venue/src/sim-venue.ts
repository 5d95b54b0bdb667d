import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Customers } from './accounts/customers.js';
import type { SimVenueConfig } from './config.js';
import { controlHttp } from './control/control-http.js';
import { controlRoutes } from './control/control-routes.js';
import { VenueFaults } from './faults/venue-faults.js';
import type { Product, ProductName } from './floor/product.js';
import { Departures } from './journal/departures.js';
import { Journal, NO_JOURNAL } from './journal/journal.js';
import { SPOT_LIMITS, USDM_LIMITS } from './limits/request-limits.js';
import { close, listenAll } from './listening.js';
import { MarketSources, type MarketSourcesOptions } from './market/market-sources.js';
import { inspectTape, type TapeSummary } from './market/replay/inspect-tape.js';
import { TapeError } from './market/replay/tape-error.js';
import { SPOT_PROFILES, USDM_PROFILES } from './market/synthetic-market.js';
import { DEFAULT_SYMBOLS, SymbolSpec } from './matching/symbol-spec.js';
import { restHttp } from './rest/rest-http.js';
import { RunningProduct } from './running-product.js';
import type { Shared } from './shared.js';
import { spotRest } from './spot/rest/spot-rest.js';
import { SpotExchange } from './spot/spot-exchange.js';
import { ProductStreams } from './streams/product-streams.js';
import { SPOT_EVENTS } from './streams/spot-events.js';
import { USDM_EVENTS } from './streams/usdm-events.js';
import type { WsPort } from './streams/ws-port.js';
import { FuturesExchange } from './usdm/futures-exchange.js';
import { futuresRest } from './usdm/rest/usdm-rest.js';
import { USDM_SYMBOLS } from './usdm/symbols.js';
import type { VenueSettings } from './settings.js';
import { VenueState } from './venue-state.js';

const FEES = { makerBps: 10, takerBps: 10 };
const TICK_MS = 100;
const PRICES_KEPT_EVERY_TICKS = 50;
const KEEP_ALIVE = { keepAliveTimeout: 75_000 };

export interface VenueTape {
  readonly product: ProductName;
  readonly summary: TapeSummary;
}

export interface SimVenue {
  readonly controlUrl: string;
  readonly spotUrl: string;
  readonly usdmUrl: string;
  /** What is replayed from the start. */
  readonly tapes: readonly VenueTape[];
  /** Ends connections and timers and closes the journal; everything accepted is in it already. */
  stop(): Promise<void>;
}

export interface SimVenueHooks {
  /** The venue's clock. */
  readonly now?: () => number;
  /** An error that no request explains; the exchange goes on where it can. */
  readonly onCrash?: (error: unknown) => void;
}

/**
 * Starts the simulated exchange.
 *
 * @throws Error with `code` EADDRINUSE when a port is taken; TapeError naming the line of a capture that cannot be
 * replayed; Error naming the process that writes this journal; whatever reading a damaged journal throws
 */
export async function startSimVenue(config: SimVenueConfig, hooks: SimVenueHooks = {}): Promise<SimVenue> {
  const opened: (() => unknown)[] = [];
  try {
    return await start(config, hooks, opened);
  } catch (error) {
    for (const undo of opened) undo();
    throw error;
  }
}

/** @param opened takes how to give back what was opened, for a start that fails half-way */
async function start(config: SimVenueConfig, hooks: SimVenueHooks, opened: (() => unknown)[]): Promise<SimVenue> {
  const onCrash = hooks.onCrash ?? (() => undefined);
  const faults = new VenueFaults({
    seed: config.SIM_SEED,
    now: hooks.now ?? Date.now,
    customers: () => customers,
    restart: (product, openOrders) => restart(running[product], openOrders),
    onCrash,
  });
  const { now, monotone } = faults.clock;
  const symbols = {
    spot: DEFAULT_SYMBOLS.map((definition) => new SymbolSpec(definition)),
    usdm: USDM_SYMBOLS.map((definition) => new SymbolSpec(definition)),
  };
  const tapes = await tapesOf(config, symbols);
  const control = createServer();
  const spot = new RunningProduct(createServer(KEEP_ALIVE), SPOT_LIMITS, true, now, faults.foreignUse('spot'));
  const usdm = new RunningProduct(createServer(KEEP_ALIVE), USDM_LIMITS, false, now, faults.foreignUse('usdm'));
  const [controlUrl, spotUrl, usdmUrl] = (await listenAll(
    [
      [control, config.SIM_CONTROL_PORT],
      [spot.server, config.SIM_SPOT_PORT],
      [usdm.server, config.SIM_USDM_PORT],
    ],
    config.SIM_BIND,
  )) as [string, string, string];

  opened.push(...[control, spot.server, usdm.server].map((server) => () => server.close()));
  const file = config.SIM_DATA_DIR === undefined ? null : Journal.open(config.SIM_DATA_DIR, endProcess);
  opened.push(() => file?.close());
  const journal = file ?? NO_JOURNAL;
  const customers: Customers = new Customers(journal, monotone);
  const departures = new Departures(() => file?.flush(), onCrash);
  const shared: Shared = {
    customers,
    faults: faults.book,
    departures,
    delivery: faults.delivery,
    now,
    ipHeader: config.SIM_IP_HEADER ?? null,
    onCrash,
  };

  const streams = {
    spot: new ProductStreams('spot', shared, spot.listenKeys),
    usdm: new ProductStreams('usdm', shared, usdm.listenKeys),
  };
  const spotExchange = new SpotExchange({
    customers,
    symbols: symbols.spot,
    feeRates: FEES,
    journal,
    now: monotone,
    listener: spot.listener(streams.spot),
    policy: faults.policies.spot,
  });
  const usdmExchange = new FuturesExchange({
    customers,
    symbols: symbols.usdm,
    journal,
    now: monotone,
    listener: usdm.listener(streams.usdm),
    policy: faults.policies.usdm,
  });
  streams.spot.open({ markets: spotExchange.markets, events: SPOT_EVENTS, now: monotone });
  streams.usdm.open({
    markets: usdmExchange.markets,
    events: USDM_EVENTS,
    markOf: ({ spec }) => usdmExchange.markState(spec.symbol),
    forcedOf: ({ spec }) => usdmExchange.forced.latest(spec.symbol),
    now: monotone,
  });

  const state = new VenueState(customers, spotExchange, usdmExchange, journal, () => faults.forget());
  state.restore(file?.operations() ?? [], config.SIM_RESTORE_OPEN_ORDERS);
  const common = sourcesOptions(config, onCrash);
  const sources = {
    spot: new MarketSources(spotExchange.floor, {
      ...common,
      profiles: SPOT_PROFILES,
      tapes: summariesOf(tapes, 'spot'),
      pricesFile: 'market.json',
    }),
    usdm: new MarketSources(usdmExchange.floor, {
      ...common,
      profiles: USDM_PROFILES,
      tapes: summariesOf(tapes, 'usdm'),
      pricesFile: 'market-usdm.json',
    }),
  };
  await sources.spot.start();
  await sources.usdm.start();

  const settings: VenueSettings = { legacyListenKey: config.SIM_LEGACY_LISTEN_KEY };
  const spotApi = spotRest(
    {
      exchange: spotExchange,
      clock: faults.requestClock('spot'),
      listenKeys: spot.listenKeys,
      settings,
      ...spot.limits,
    },
    customers,
  );
  spot.server.on('request', restHttp({ ...shared, product: 'spot', api: spotApi }));
  const usdmApi = futuresRest(
    { exchange: usdmExchange, clock: faults.requestClock('usdm'), listenKeys: usdm.listenKeys, ...usdm.limits },
    customers,
  );
  usdm.server.on('request', restHttp({ ...shared, product: 'usdm', api: usdmApi }));
  const wsPorts = {
    spot: streams.spot.serve(spot.server, spotApi, spot.limits.requestLimits),
    usdm: streams.usdm.serve(usdm.server, usdmApi, usdm.limits.requestLimits),
  };
  const running: Readonly<Record<ProductName, RestartedProduct>> = {
    spot: { exchange: spotExchange, wsPort: wsPorts.spot },
    usdm: { exchange: usdmExchange, wsPort: wsPorts.usdm },
  };
  const routes = controlRoutes({
    now,
    state,
    faults,
    settings,
    products: {
      spot: { ...spot.limits, name: 'spot', floor: spotExchange.floor, sources: sources.spot, api: spotApi },
      usdm: { ...usdm.limits, name: 'usdm', floor: usdmExchange.floor, sources: sources.usdm, api: usdmApi },
    },
  });
  control.on('request', controlHttp(routes, departures, onCrash));

  const clock = everyTick(Object.values(sources), () => {
    usdmExchange.tick();
    for (const { listenKeys } of [spot, usdm]) listenKeys.sweep();
  });
  return {
    controlUrl,
    spotUrl,
    usdmUrl,
    tapes,
    async stop() {
      clearInterval(clock);
      faults.stop();
      departures.open();
      for (const product of [spot, usdm]) product.stop();
      for (const stream of Object.values(streams)) stream.stop();
      for (const port of Object.values(wsPorts)) port.stop();
      await Promise.all([close(control), close(spot.server), close(usdm.server)]);
      for (const source of Object.values(sources)) source.stop();
      file?.close();
    },
  };
}

interface RestartedProduct {
  readonly exchange: Product;
  readonly wsPort: WsPort;
}

/** The streams go first: nobody hears what becomes of the orders. */
function restart({ exchange, wsPort }: RestartedProduct, openOrders: 'keep' | 'lose'): void {
  wsPort.cutAll();
  if (openOrders === 'lose') exchange.loseOpenOrders();
}

/** Writes what the ready line says where other processes can find it. */
export function writeEndpoints(directory: string, line: string): void {
  writeFileSync(join(directory, 'endpoints.json'), `${line}\n`);
}

/** Before anything listens: nothing starts on a tape that breaks off half-way. */
async function tapesOf(
  config: SimVenueConfig,
  symbols: Readonly<Record<ProductName, readonly SymbolSpec[]>>,
): Promise<VenueTape[]> {
  const tapes: VenueTape[] = [];
  for (const { product, symbol, file } of config.SIM_TAPE ?? []) {
    const listed = new Map(symbols[product].map((spec) => [spec.symbol, spec]));
    const summary = await inspectTape(file, listed, symbol ?? config.SIM_TAPE_SYMBOL ?? null);
    if (tapes.some((other) => other.product === product && other.summary.symbol === summary.symbol))
      throw new TapeError(file, null, `is the second of ${summary.symbol} on ${product}; expected one for each market`);
    tapes.push({ product, summary });
  }
  return tapes;
}

function summariesOf(tapes: readonly VenueTape[], product: ProductName): readonly TapeSummary[] {
  return tapes.filter((tape) => tape.product === product).map(({ summary }) => summary);
}

function sourcesOptions(
  config: SimVenueConfig,
  onProblem: (error: unknown) => void,
): Omit<MarketSourcesOptions, 'profiles' | 'tapes' | 'pricesFile'> {
  return {
    seed: config.SIM_SEED,
    initial: config.SIM_MARKET,
    replay: {
      speed: config.SIM_TAPE_SPEED,
      end: config.SIM_TAPE_END,
      queue: config.SIM_TAPE_QUEUE,
      time: 'real',
      start: config.SIM_TAPE_START,
    },
    directory: config.SIM_DATA_DIR ?? null,
    onProblem,
  };
}

function everyTick(sources: readonly MarketSources[], byTheClock: () => void): NodeJS.Timeout {
  let ticks = 0;
  return setInterval(() => {
    ticks += 1;
    for (const source of sources) {
      source.tick();
      if (ticks % PRICES_KEPT_EVERY_TICKS === 0) source.rememberPrices();
    }
    byTheClock();
  }, TICK_MS);
}

/** The journal could not be written: the exchange must not go on without it. */
function endProcess(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
