import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { SimVenueConfig } from './config.js';
import { controlHttp } from './control/control-http.js';
import { controlRoutes } from './control/control-routes.js';
import { Exchange } from './spot/exchange.js';
import type { ExchangeListener } from './floor/listener.js';
import { FaultBook } from './faults/fault-book.js';
import { Journal } from './journal/journal.js';
import { DEFAULT_LIMITS, OrderCounts, RequestLimits } from './limits/request-limits.js';
import { inspectTape, type TapeSummary } from './market/replay/inspect-tape.js';
import { MarketSources } from './market/market-sources.js';
import { DEFAULT_SYMBOLS, SymbolSpec } from './matching/symbol-spec.js';
import { SpotApi } from './rest/spot-api.js';
import { spotHttp } from './rest/spot-http.js';
import { MarketStreams } from './streams/market-streams.js';
import { UserStreams } from './streams/user-streams.js';
import { WsApi } from './streams/ws-api.js';
import { WsPort } from './streams/ws-port.js';

const FEES = { makerBps: 10, takerBps: 10 };
const TICK_MS = 100;
const PRICES_KEPT_EVERY_TICKS = 50;
/** The vendor updates the unfilled-order count a little after the fill. */
const CREDIT_AFTER_MS = 50;

export interface SimVenue {
  readonly controlUrl: string;
  readonly spotUrl: string;
  /** What is replayed from the start. */
  readonly tape: TapeSummary | null;
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
 * replayed; whatever reading a damaged journal throws
 */
export async function startSimVenue(config: SimVenueConfig, hooks: SimVenueHooks = {}): Promise<SimVenue> {
  const now = hooks.now ?? Date.now;
  const onCrash = hooks.onCrash ?? (() => undefined);
  const symbols = DEFAULT_SYMBOLS.map((definition) => new SymbolSpec(definition));
  const tape = await tapeOf(config, symbols);
  const control = createServer();
  const spot = createServer({ keepAliveTimeout: 75_000 });
  // Ports first: two simulators must not write one journal.
  const [controlUrl, spotUrl] = await listenAll(config, control, spot);

  const faults = new FaultBook(config.SIM_SEED);
  const users = new UserStreams(faults, now);
  const requestLimits = new RequestLimits({ ...DEFAULT_LIMITS });
  const orderCounts = new OrderCounts(requestLimits.limits);
  const timers = new Set<NodeJS.Timeout>();
  const listener: ExchangeListener = {
    wantsUserEvents: (account) => users.wants(account),
    userEvent: (account, event) => users.send(account, event),
    trade: (market, trade) => streams.trade(market, trade),
    bookChanged: (market) => streams.bookChanged(market),
    firstFill: (account, isMaker) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        orderCounts.firstFill(account.id, isMaker, now());
      }, CREDIT_AFTER_MS);
      timers.add(timer);
    },
    reset: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      users.endAll();
    },
  };
  const opened = config.SIM_DATA_DIR === undefined ? null : Journal.open(config.SIM_DATA_DIR);
  const exchange = new Exchange({
    symbols,
    feeRates: FEES,
    journal: opened?.journal ?? null,
    now,
    listener,
    onJournalLost: (error) => {
      process.nextTick(() => {
        throw error;
      });
    },
  });
  const streams = new MarketStreams({ markets: exchange.markets, faults, now });
  exchange.restore(opened?.operations ?? [], config.SIM_RESTORE_OPEN_ORDERS);
  const sources = new MarketSources(exchange, {
    seed: config.SIM_SEED,
    initial: config.SIM_MARKET,
    tape,
    replay: {
      speed: config.SIM_TAPE_SPEED,
      end: config.SIM_TAPE_END,
      queue: config.SIM_TAPE_QUEUE,
      time: 'real',
      start: config.SIM_TAPE_START,
    },
    directory: config.SIM_DATA_DIR ?? null,
    onProblem: onCrash,
  });
  await sources.start();

  const spotApi = new SpotApi({ exchange, requestLimits, orderCounts });
  const ipHeader = config.SIM_IP_HEADER ?? null;
  const ledger = (): Exchange['ledger'] => exchange.ledger;
  spot.on('request', spotHttp({ api: spotApi, faults, ledger, now, ipHeader, onCrash }));
  const wsApi = new WsApi({ api: spotApi, users, faults, ledger, now, onCrash });
  const wsPort = new WsPort({ server: spot, streams, wsApi, requestLimits, now, ipHeader });
  const routes = controlRoutes({ exchange, sources, faults, requestLimits, orderCounts, spotApi });
  control.on('request', controlHttp(routes, onCrash));

  let ticks = 0;
  const clock = setInterval(() => {
    sources.tick();
    streams.publishBooks();
    ticks += 1;
    if (ticks % PRICES_KEPT_EVERY_TICKS === 0) sources.rememberPrices();
  }, TICK_MS);

  return {
    controlUrl,
    spotUrl,
    tape,
    async stop() {
      clearInterval(clock);
      for (const timer of timers) clearTimeout(timer);
      wsPort.stop();
      await Promise.all([close(control), close(spot)]);
      sources.stop();
      opened?.journal.close();
    },
  };
}

/** Writes what the ready line says where other processes can find it. */
export function writeEndpoints(directory: string, line: string): void {
  writeFileSync(join(directory, 'endpoints.json'), `${line}\n`);
}

/** Before anything listens: nothing starts on a tape that breaks off half-way. */
async function tapeOf(config: SimVenueConfig, symbols: readonly SymbolSpec[]): Promise<TapeSummary | null> {
  if (config.SIM_TAPE === undefined) return null;
  return inspectTape(
    config.SIM_TAPE,
    new Map(symbols.map((spec) => [spec.symbol, spec])),
    config.SIM_TAPE_SYMBOL ?? null,
  );
}

async function listenAll(config: SimVenueConfig, control: Server, spot: Server): Promise<[string, string]> {
  const controlUrl = await listen(control, config.SIM_CONTROL_PORT, config.SIM_BIND);
  try {
    return [controlUrl, await listen(spot, config.SIM_SPOT_PORT, config.SIM_BIND)];
  } catch (error) {
    await close(control);
    throw error;
  }
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      server.off('error', reject);
      const { address, port: bound, family } = server.address() as AddressInfo;
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
