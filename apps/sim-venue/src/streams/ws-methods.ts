/** Methods of a WebSocket API that are an endpoint of REST under another name. */
export type WsMethods = Readonly<Record<string, string>>;

/** What only WebSocket APIs have; the method is the same in both products. */
export const SESSION_METHODS = {
  logon: 'session.logon',
  status: 'session.status',
  logout: 'session.logout',
  subscriptions: 'session.subscriptions',
  subscribe: 'userDataStream.subscribe',
  subscribeSigned: 'userDataStream.subscribe.signature',
  unsubscribe: 'userDataStream.unsubscribe',
} as const;

export const SPOT_METHODS: WsMethods = {
  ping: 'GET /api/v3/ping',
  time: 'GET /api/v3/time',
  exchangeInfo: 'GET /api/v3/exchangeInfo',
  depth: 'GET /api/v3/depth',
  'trades.recent': 'GET /api/v3/trades',
  'trades.historical': 'GET /api/v3/historicalTrades',
  'trades.aggregate': 'GET /api/v3/aggTrades',
  klines: 'GET /api/v3/klines',
  uiKlines: 'GET /api/v3/uiKlines',
  avgPrice: 'GET /api/v3/avgPrice',
  ticker: 'GET /api/v3/ticker',
  'ticker.24hr': 'GET /api/v3/ticker/24hr',
  'ticker.price': 'GET /api/v3/ticker/price',
  'ticker.book': 'GET /api/v3/ticker/bookTicker',
  'ticker.tradingDay': 'GET /api/v3/ticker/tradingDay',
  'order.place': 'POST /api/v3/order',
  'order.test': 'POST /api/v3/order/test',
  'order.cancel': 'DELETE /api/v3/order',
  'order.cancelReplace': 'POST /api/v3/order/cancelReplace',
  'order.amend.keepPriority': 'PUT /api/v3/order/amend/keepPriority',
  'order.amendments': 'GET /api/v3/order/amendments',
  'order.status': 'GET /api/v3/order',
  'openOrders.status': 'GET /api/v3/openOrders',
  'openOrders.cancelAll': 'DELETE /api/v3/openOrders',
  allOrders: 'GET /api/v3/allOrders',
  myTrades: 'GET /api/v3/myTrades',
  myPreventedMatches: 'GET /api/v3/myPreventedMatches',
  'account.status': 'GET /api/v3/account',
  'account.commission': 'GET /api/v3/account/commission',
  'account.rateLimits.orders': 'GET /api/v3/rateLimit/order',
  ...ownRoutes(),
};

export const USDM_METHODS: WsMethods = {
  ping: 'GET /fapi/v1/ping',
  time: 'GET /fapi/v1/time',
  depth: 'GET /fapi/v1/depth',
  'ticker.price': 'GET /fapi/v1/ticker/price',
  'ticker.book': 'GET /fapi/v1/ticker/bookTicker',
  'order.place': 'POST /fapi/v1/order',
  'order.modify': 'PUT /fapi/v1/order',
  'order.cancel': 'DELETE /fapi/v1/order',
  'order.status': 'GET /fapi/v1/order',
  'account.balance': 'GET /fapi/v2/balance',
  'account.position': 'GET /fapi/v2/positionRisk',
  'account.status': 'GET /fapi/v2/account',
  'v2/account.balance': 'GET /fapi/v3/balance',
  'v2/account.position': 'GET /fapi/v3/positionRisk',
  'v2/account.status': 'GET /fapi/v3/account',
  'userDataStream.start': 'POST /fapi/v1/listenKey',
  'userDataStream.ping': 'PUT /fapi/v1/listenKey',
  'userDataStream.stop': 'DELETE /fapi/v1/listenKey',
  [SESSION_METHODS.logon]: ownRoute(SESSION_METHODS.logon),
  [SESSION_METHODS.status]: ownRoute(SESSION_METHODS.status),
  [SESSION_METHODS.logout]: ownRoute(SESSION_METHODS.logout),
};

/** Route of a method that REST does not have. */
export function ownRoute(method: string): string {
  return `WS ${method}`;
}

/** Route of a request; a version before the name is not looked at, unless it is part of the name. */
export function routeOf(methods: WsMethods, method: string): string {
  const plain = Object.hasOwn(methods, method) ? method : method.replace(/^v\d+\//, '');
  return (Object.hasOwn(methods, plain) ? methods[plain] : undefined) ?? ownRoute(plain);
}

function ownRoutes(): WsMethods {
  return Object.fromEntries(Object.values(SESSION_METHODS).map((method) => [method, ownRoute(method)]));
}
