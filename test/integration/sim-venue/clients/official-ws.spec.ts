import { Agent } from 'node:https';
import { generateKeyPairSync } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  DerivativesTradingUsdsFutures,
  DerivativesTradingUsdsFuturesWebsocketAPI as UsdmWs,
} from '@binance/derivatives-trading-usds-futures';
import { Spot, SpotWebsocketAPI as SpotWs } from '@binance/spot';
import { until } from '../../../support/until.js';
import { Called, COMPLETE, methodsOf, type NotServed } from './called.js';
import { startForeignWorld, type ForeignWorld, type Product } from './foreign-world.js';

const symbol = 'TESTUSDT';
const stream = 'testusdt';
const onSpot = new Called();
const onUsdm = new Called();
let world: ForeignWorld;
let changes = 0;
const open: { disconnect(): Promise<void> }[] = [];

beforeAll(async () => {
  jest.spyOn(console, 'info').mockReturnValue();
  jest.spyOn(console, 'warn').mockReturnValue();
  world = await startForeignWorld();
});
afterAll(async () => {
  for (const connection of open) await connection.disconnect();
  await world.venue.stop();
});

/** The connector speaks wss alone; its agent decides how, and the venue's ports have no TLS. */
class PlainAgent extends Agent {
  override createConnection({ host, port }: { host?: string; port?: number }): Socket {
    return connect({ host: host ?? '', port: Number(port) });
  }
}

const wss = (url: string): string => url.replace('http', 'wss');

/** What came on each of the connector's handlers. */
class Heard {
  readonly #first = new Map<string, Record<string, unknown>>();

  listen(name: string, handler: { on(event: 'message', callback: (data: object) => void): void }): void {
    handler.on('message', (data) => {
      if (!this.#first.has(name)) this.#first.set(name, data as Record<string, unknown>);
    });
  }

  of(name: string): Record<string, unknown> | undefined {
    return this.#first.get(name);
  }

  /** Trades and changes the book until all of these have come. */
  async all(product: Product, names: readonly string[]): Promise<void> {
    await until(
      async () => {
        changes += 1;
        await world.trade(product, '100', '1', 'sell');
        await world.book(product, [['99', String(50 + changes)]], [['101', '50']]);
        return names.every((name) => this.#first.has(name));
      },
      { everyMs: 50, what: `${names.join()} among the messages` },
    );
  }
}

describe("VE-C43 the vendor's own connector over the streams", () => {
  it('hears spot', async () => {
    const wsURL = wss(world.venue.spotUrl);
    const client = new Spot({ configurationWebsocketStreams: { wsURL, agent: new PlainAgent() } });
    const heard = new Heard();
    const halves = [
      ['aggTrade', 'trade', 'bookTicker'],
      ['diffBookDepth', 'miniTicker', 'ticker'],
    ] as const;
    for (const half of halves) {
      // It sends a message per stream, and more than five a second end a connection.
      const connection = await client.websocketStreams.connect();
      open.push(connection);
      for (const name of half) heard.listen(name, connection[name]({ symbol: stream }));
    }
    const names = halves.flat();
    await heard.all('spot', names);
    expect(heard.of('trade')).toMatchObject({ e: 'trade', s: symbol, p: '100.00000000' });
    expect(heard.of('bookTicker')).toMatchObject({ s: symbol, b: '99.00000000', a: '101.00000000' });
    expect(heard.of('ticker')).toMatchObject({ e: '24hrTicker', c: '100.00000000' });
    expect(heard.of('diffBookDepth')).toMatchObject({ e: 'depthUpdate', s: symbol });
  });
});

describe("VE-C43 the vendor's own connector over the WebSocket APIs", () => {
  it('trades spot and hears of it', async () => {
    const { apiKey, apiSecret } = world.key;
    const wsURL = `${wss(world.venue.spotUrl)}/ws-api/v3`;
    const client = new Spot({ configurationWebsocketAPI: { apiKey, apiSecret, wsURL, agent: new PlainAgent() } });
    const plain = await client.websocketAPI.connect();
    open.push(plain);
    const api = onSpot.through(plain);
    expect((await api.ping()).data).toEqual({});
    expect((await api.time()).data).toMatchObject({ serverTime: expect.any(Number) });
    expect((await api.exchangeInfo({ symbol })).data).toMatchObject({ symbols: [{ symbol }] });
    expect((await api.depth({ symbol })).data).toMatchObject({ asks: [['101.00000000', '50.00000000']] });
    expect((await api.tickerPrice({ symbol })).data).toMatchObject({ symbol });
    expect((await api.tickerBook({ symbol })).data).toMatchObject({ symbol });
    expect((await api.ticker24hr({ symbol })).data).toMatchObject({ symbol });
    expect((await api.avgPrice({ symbol })).data).toMatchObject({ mins: 5 });
    expect((await api.klines({ symbol, interval: '1m' } as never)).data).toEqual(expect.any(Array));
    for (const trades of [api.tradesRecent, api.tradesHistorical, api.tradesAggregate])
      expect((await trades({ symbol })).data).toEqual(expect.any(Array));
    expect((await api.sessionStatus()).data).toMatchObject({ apiKey: null });
    expect((await api.sessionSubscriptions()).data).toEqual([]);
    expect((await api.accountRateLimitsOrders()).data).toMatchObject([{ rateLimitType: 'ORDERS' }, {}]);
    expect((await api.accountCommission({ symbol })).data).toMatchObject({ symbol });
    const { stream: events } = await api.userDataStreamSubscribeSignature();
    const heard: { e?: string; X?: string }[] = [];
    events.on('message', (event) => {
      heard.push(event);
    });
    const limit = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 1, price: 98 } as const;
    const { orderId } = (await api.orderPlace(limit as never)).data;
    const id = { symbol, orderId: Number(orderId) };
    await until(() => heard.some(({ e, X }) => e === 'executionReport' && X === 'NEW'), {
      what: 'the order among events',
    });
    expect((await api.orderStatus(id)).data).toMatchObject({ status: 'NEW' });
    expect((await api.openOrdersStatus({ symbol })).data).toMatchObject([id]);
    expect((await api.orderTest(limit as never)).data).toEqual({});
    const amended = await api.orderAmendKeepPriority({ ...id, newQty: 0.5 });
    expect(amended.data).toMatchObject({ amendedOrder: { qty: '0.50000000' } });
    expect((await api.orderAmendments(id)).data).toMatchObject([{ newQty: '0.50000000' }]);
    const replacement = { ...limit, cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: id.orderId };
    const replaced = await api.orderCancelReplace(replacement as never);
    expect(replaced.data).toMatchObject({ cancelResult: 'SUCCESS', newOrderResult: 'SUCCESS' });
    expect((await api.openOrdersCancelAll({ symbol })).data).toMatchObject([{ status: 'CANCELED' }]);
    expect((await api.myPreventedMatches({ ...id })).data).toEqual([]);
    const last = { symbol, orderId: Number((await api.orderPlace(limit as never)).data.orderId) };
    expect((await api.orderCancel(last)).data).toMatchObject({ status: 'CANCELED' });
    expect((await api.allOrders({ symbol })).data).toHaveLength(3);
    expect((await api.accountStatus()).data).toMatchObject({ accountType: 'SPOT' });
    expect((await api.myTrades({ symbol })).data).toEqual([]);
    await until(() => heard.some(({ X }) => X === 'CANCELED'), { what: 'the cancel among events' });
    expect((await api.userDataStreamUnsubscribe()).data).toEqual({});
  });

  it('logs on with an Ed25519 key', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const apiSecret = publicKey.export({ type: 'spki', format: 'pem' });
    const account = { name: 'ed25519', keyType: 'ED25519', apiSecret, balances: { USDT: '1000' } };
    const { apiKey } = await world.client.control('POST', 'accounts', account);
    const configurationWebsocketAPI = {
      ...{ apiKey, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }), agent: new PlainAgent() },
      wsURL: `${wss(world.venue.spotUrl)}/ws-api/v3`,
    };
    const plain = await new Spot({ configurationWebsocketAPI }).websocketAPI.connect();
    open.push(plain);
    const api = onSpot.through(plain);
    expect((await api.sessionLogon())[0]).toMatchObject({ data: { apiKey } });
    expect((await api.userDataStreamSubscribe()).response.data).toMatchObject({ subscriptionId: 0 });
    expect((await api.accountStatus()).data).toMatchObject({ balances: [{ asset: 'USDT', free: '1000.00000000' }] });
    expect((await api.sessionLogout())[0]).toMatchObject({ data: { apiKey: null } });
  });

  it('trades USD-M', async () => {
    const { apiKey, apiSecret } = world.key;
    const wsURL = `${wss(world.venue.usdmUrl)}/ws-fapi/v1`;
    const configurationWebsocketAPI = { apiKey, apiSecret, wsURL, agent: new PlainAgent() };
    const plain = await new DerivativesTradingUsdsFutures({ configurationWebsocketAPI }).websocketAPI.connect();
    open.push(plain);
    const api = onUsdm.through(plain);
    expect((await api.orderBook({ symbol })).data).toMatchObject({ lastUpdateId: expect.any(Number) });
    expect((await api.symbolPriceTicker({ symbol })).data).toMatchObject({ symbol });
    expect((await api.symbolOrderBookTicker({ symbol })).data).toMatchObject({ symbol });
    const limit = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 1, price: 98 } as const;
    const { orderId } = (await api.newOrder(limit as never)).data;
    const id = { symbol, orderId: Number(orderId) };
    expect((await api.queryOrder(id)).data).toMatchObject({ status: 'NEW' });
    expect((await api.modifyOrder({ ...id, side: 'BUY', quantity: 2, price: 97 } as never)).data).toMatchObject(id);
    expect((await api.cancelOrder(id)).data).toMatchObject({ status: 'CANCELED' });
    expect((await api.accountInformationV2()).data).toMatchObject({ totalWalletBalance: expect.any(String) });
    expect((await api.futuresAccountBalance()).data).toMatchObject([{ asset: 'USDT' }]);
    expect((await api.positionInformation({ symbol })).data).toMatchObject([{ symbol }]);
    expect((await api.accountInformation()).data).toMatchObject({ totalWalletBalance: expect.any(String) });
    expect((await api.futuresAccountBalanceV2()).data).toMatchObject([{ asset: 'USDT' }]);
    // As documented, this version leaves out what is flat.
    expect((await api.positionInformationV2({ symbol })).data).toEqual([]);
    expect((await api.startUserDataStream()).data).toMatchObject({ listenKey: expect.any(String) });
    expect((await api.keepaliveUserDataStream()).data).toMatchObject({ listenKey: expect.any(String) });
    expect((await api.closeUserDataStream()).data).toEqual({});
  });

  it('was asked everything that it can do', async () => {
    expect(onSpot.compare(requests(SpotWs.WebsocketAPIConnection), NOT_ON_SPOT)).toEqual(COMPLETE);
    expect(onUsdm.compare(requests(UsdmWs.WebsocketAPIConnection), NOT_ON_USDM)).toEqual(COMPLETE);
    expect(await world.unserved()).toEqual({});
  });
});

/** Methods of a connection that are requests, not about the connection. */
function requests(type: { readonly prototype: object }): string[] {
  const own = new Set(['on', 'off', 'disconnect', 'isConnected', 'pingServer', 'sendMessage', 'sendSignedMessage']);
  return methodsOf(type).filter((name) => !own.has(name));
}

const NOT_ON_SPOT: NotServed = {
  'not of the venue (C4)': [
    'blockTradesHistorical',
    'executionRules',
    'myAllocations',
    'myFilters',
    'referencePrice',
    'referencePriceCalculation',
    'sorOrderPlace',
    'sorOrderTest',
    'ticker',
    'tickerTradingDay',
    'uiKlines',
  ],
  'order lists, which the venue has not (C2)': [
    'allOrderLists',
    'openOrderListsStatus',
    'orderListCancel',
    'orderListPlace',
    'orderListPlaceOco',
    'orderListPlaceOpo',
    'orderListPlaceOpoco',
    'orderListPlaceOto',
    'orderListPlaceOtoco',
    'orderListStatus',
  ],
};

const NOT_ON_USDM: NotServed = { 'conditional orders, 404 (C3)': ['cancelAlgoOrder', 'newAlgoOrder'] };
