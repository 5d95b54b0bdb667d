import type { Server } from 'node:http';
import type { ListenKeys } from '../accounts/listen-keys.js';
import type { ProductName } from '../floor/product.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import type { RequestLimits } from '../limits/request-limits.js';
import type { PublicTrade } from '../market/market-data.js';
import type { Rest } from '../rest/rest-api.js';
import type { Shared } from '../shared.js';
import type { ConnectionHabits } from './connection.js';
import { KeyStreams } from './key-streams.js';
import { MarketStreams, type MarketStreamsOptions } from './market-streams.js';
import { Outbox } from './outbox.js';
import { spotDoor, usdmDoor } from './stream-doors.js';
import { spotStreamName, usdmStreamName, type StreamGrammar } from './stream-name.js';
import { StreamSocket, type StreamDoor } from './stream-socket.js';
import { UserStreams } from './user-streams.js';
import { WsApi } from './ws-api.js';
import { SPOT_METHODS, USDM_METHODS, type WsMethods } from './ws-methods.js';
import { WsPort, type Attachment } from './ws-port.js';

/** What tells the streams of one product from those of another. */
interface Manner extends ConnectionHabits {
  readonly grammar: StreamGrammar;
  readonly door: (url: URL) => StreamDoor | null;
  readonly messagesPerSecond: number;
  readonly apiPath: string;
  readonly methods: WsMethods;
}

/** Weight of connecting to a WebSocket API. */
const API_WEIGHT = 2;
const MANNERS: Readonly<Record<ProductName, Manner>> = {
  // The vendor cuts after a minute without an answer.
  spot: {
    pingEveryMs: 20_000,
    unansweredPings: 2,
    grammar: spotStreamName,
    door: spotDoor,
    messagesPerSecond: 5,
    apiPath: '/ws-api/v3',
    methods: SPOT_METHODS,
  },
  // After ten minutes.
  usdm: {
    pingEveryMs: 180_000,
    unansweredPings: 3,
    grammar: usdmStreamName,
    door: usdmDoor,
    messagesPerSecond: 10,
    apiPath: '/ws-fapi/v1',
    methods: USDM_METHODS,
  },
};

/** All that one product tells by WebSocket: market data, user events, and its WebSocket API. */
export class ProductStreams {
  readonly users: UserStreams;
  readonly #outbox: Outbox;
  readonly #keys: KeyStreams;
  #market: MarketStreams | null = null;

  constructor(
    private readonly product: ProductName,
    private readonly shared: Shared,
    listenKeys: ListenKeys,
  ) {
    this.#outbox = new Outbox({ ...shared, product });
    this.users = new UserStreams(this.#outbox);
    this.#keys = new KeyStreams(listenKeys, this.users, this.#outbox, shared.now);
  }

  /** Begins to tell about markets. What happens in them before is told to nobody. */
  open(markets: Omit<MarketStreamsOptions, 'outbox'>): void {
    this.#market = new MarketStreams({ ...markets, outbox: this.#outbox });
  }

  trade(market: SymbolMarket, trade: PublicTrade): void {
    this.#market?.trade(market, trade);
  }

  bookChanged(market: SymbolMarket): void {
    this.#market?.bookChanged(market);
  }

  /** Serves the product's port. To be called once its markets are open. */
  serve(server: Server, api: Rest, requestLimits: RequestLimits): WsPort {
    const manner = MANNERS[this.product];
    const { shared, product, users } = this;
    const wsApi = new WsApi({ ...shared, product, api, users, methods: manner.methods });
    const source = { ...manner, market: this.#market as MarketStreams, keys: this.#keys };
    const route = (url: URL): Attachment | null => {
      if (url.pathname === manner.apiPath) {
        const returnRateLimits = url.searchParams.get('returnRateLimits') !== 'false';
        return { weight: API_WEIGHT, attach: (connection) => wsApi.attach(connection, returnRateLimits) };
      }
      const door = manner.door(url);
      return door && { weight: 0, attach: (connection) => new StreamSocket(connection, source, door) };
    };
    return new WsPort({ ...shared, ...manner, server, requestLimits, route });
  }

  stop(): void {
    this.#market?.stop();
  }
}
