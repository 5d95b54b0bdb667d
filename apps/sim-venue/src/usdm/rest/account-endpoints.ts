import type { Customers } from '../../accounts/customers.js';
import { integerParam, type ParamRules } from '../../rest/params.js';
import { marketOf } from '../../rest/symbol-param.js';
import { LEVERAGE_BRACKETS, maxNotional } from '../ledger/brackets.js';
import type { FuturesAccount } from '../ledger/futures-account.js';
import { FUTURES_FEES, MARGIN_ASSET } from '../ledger/futures-ledger.js';
import { moneyText } from '../texts.js';
import {
  AccountFigures,
  accountPositionV2,
  accountPositionV3,
  positionRiskV2,
  positionRiskV3,
  wholeText,
} from './account-views.js';
import { marketsOf, type FuturesCall, type FuturesEndpoint, type FuturesVenue } from './endpoint.js';
import { isWithin, RANGE_RULES, timeRange } from './find-order.js';

const SOME_SYMBOL: ParamRules = { symbol: { kind: 'symbol' } };

/** What a key's owner may read about wallet, positions and settings. */
export function accountEndpoints(venue: FuturesVenue, customers: Customers): readonly FuturesEndpoint[] {
  const { exchange, orderCounts } = venue;
  const get = (
    path: string,
    weight: number,
    rules: ParamRules,
    prepare: (call: FuturesCall) => () => unknown,
  ): FuturesEndpoint => ({ method: 'GET', path: `/fapi/${path}`, security: 'USER_DATA', weight, rules, prepare });

  const permissions = (account: FuturesAccount): Record<string, unknown> => {
    const restrictions = customers.byId.get(account.id)?.restrictions;
    return {
      feeTier: 0,
      canTrade: restrictions?.enableFutures ?? false,
      canDeposit: true,
      canWithdraw: restrictions?.enableWithdrawals ?? false,
    };
  };
  const risk = (view: typeof positionRiskV2, keeps: (lots: number) => boolean) => (call: FuturesCall) => {
    const wanted = new Set(marketsOf(exchange, call.params).map(({ spec }) => spec));
    return () =>
      new AccountFigures(exchange, exchange.shown(call.account, 'query')).positions
        .filter(({ position }) => wanted.has(position.spec) && keeps(position.lots + Number(hasOrders(position))))
        .map((figures) => view(exchange, call.account, figures));
  };
  const brackets = LEVERAGE_BRACKETS.map((row) => ({
    bracket: row.bracket,
    initialLeverage: row.maxLeverage,
    notionalCap: Number(wholeText(row.capUnits)),
    notionalFloor: Number(wholeText(row.floorUnits)),
    maintMarginRatio: row.maintenanceBps / 10_000,
    cum: Number(wholeText(row.cumUnits)),
  }));
  const rate = (bps: number): string => (bps / 10_000).toFixed(6);

  return [
    get('v2/account', 5, {}, ({ account }) => () => {
      const figures = new AccountFigures(exchange, exchange.shown(account, 'query'));
      return {
        ...permissions(account),
        feeBurn: false,
        tradeGroupId: -1,
        updateTime: account.updatedAt,
        multiAssetsMargin: false,
        ...figures.totals(),
        assets: [figures.asset()],
        positions: figures.positions.map(accountPositionV2),
      };
    }),
    get('v3/account', 5, {}, ({ account }) => () => {
      const figures = new AccountFigures(exchange, exchange.shown(account, 'query'));
      return {
        ...figures.totals(),
        assets: [figures.asset()],
        positions: figures.positions
          .filter(({ position }) => position.isOpen || hasOrders(position))
          .map(accountPositionV3),
      };
    }),
    get('v2/balance', 5, {}, ({ account }) => () => [
      new AccountFigures(exchange, exchange.shown(account, 'query')).balance(),
    ]),
    get('v3/balance', 5, {}, ({ account }) => () => [
      new AccountFigures(exchange, exchange.shown(account, 'query')).balance(),
    ]),
    get(
      'v2/positionRisk',
      5,
      SOME_SYMBOL,
      risk(positionRiskV2, () => true),
    ),
    get(
      'v3/positionRisk',
      5,
      SOME_SYMBOL,
      risk(positionRiskV3, (lots) => lots !== 0),
    ),
    get('v1/accountConfig', 5, {}, ({ account }) => () => ({
      ...permissions(account),
      dualSidePosition: account.dual,
      updateTime: account.updatedAt,
      multiAssetsMargin: false,
      tradeGroupId: -1,
    })),
    get('v1/symbolConfig', 5, SOME_SYMBOL, ({ account, params }) => {
      const markets = marketsOf(exchange, params);
      return () =>
        markets.map(({ spec: { symbol } }) => {
          const { leverage, isolated } = account.settingsOf(symbol);
          return {
            symbol,
            marginType: isolated ? 'ISOLATED' : 'CROSSED',
            isAutoAddMargin: false,
            leverage,
            maxNotionalValue: wholeText(maxNotional(leverage)),
          };
        });
    }),
    get('v1/leverageBracket', 1, SOME_SYMBOL, ({ params }) => {
      const rows = marketsOf(exchange, params).map(({ spec }) => ({ symbol: spec.symbol, notionalCoef: 1, brackets }));
      return () => (params.has('symbol') ? rows[0] : rows);
    }),
    get('v1/commissionRate', 20, { symbol: { kind: 'symbol', mandatory: true } }, ({ params }) => {
      const { symbol } = marketOf(exchange.markets, params).spec;
      const { makerBps, takerBps } = FUTURES_FEES;
      return () => ({ symbol, makerCommissionRate: rate(makerBps), takerCommissionRate: rate(takerBps) });
    }),
    get(
      'v1/income',
      30,
      { ...SOME_SYMBOL, ...RANGE_RULES, incomeType: { kind: 'enum' }, page: { kind: 'integer' } },
      ({ account, params }) => {
        const only = params.has('symbol') ? marketOf(exchange.markets, params).spec.symbol : null;
        const type = params.get('incomeType');
        const range = timeRange(params, { usual: 100, most: 1_000 });
        const page = integerParam(params, 'page', { min: 1, max: 1_000_000 });
        return () => {
          const found = exchange
            .shown(account, 'query')
            .incomes.filter(
              (income) =>
                (only === null || income.symbol === only) &&
                (type === undefined || income.type === type) &&
                isWithin(range, income.at),
            );
          const from = page === undefined ? Math.max(0, found.length - range.limit) : (page - 1) * range.limit;
          const start = page === undefined && range.startTime !== undefined ? 0 : from;
          return found
            .slice(start, start + range.limit)
            .map(({ id, symbol, type: incomeType, units, at, tradeId }) => ({
              symbol,
              incomeType,
              income: moneyText(units),
              asset: MARGIN_ASSET,
              time: at,
              info: tradeId === '' ? incomeType : tradeId,
              tranId: id,
              tradeId,
            }));
        };
      },
    ),
    get(
      'v1/rateLimit/order',
      1,
      {},
      ({ account }) =>
        () =>
          orderCounts.counts(account.id, exchange.now()).map(({ suffix: _suffix, count: _count, ...limit }) => limit),
    ),
    get('v1/positionSide/dual', 30, {}, ({ account }) => () => ({ dualSidePosition: account.dual })),
    get('v1/multiAssetsMargin', 30, {}, () => () => ({ multiAssetsMargin: false })),
    get('v1/adlQuantile', 5, SOME_SYMBOL, ({ account, params }) => {
      const markets = marketsOf(exchange, params);
      const quantiles = account.dual ? { LONG: 0, SHORT: 0, HEDGE: 0 } : { LONG: 0, SHORT: 0, BOTH: 0 };
      return () => markets.map(({ spec: { symbol } }) => ({ symbol, adlQuantile: quantiles }));
    }),
  ];
}

function hasOrders({ bidUnits, askUnits }: { bidUnits: bigint; askUnits: bigint }): boolean {
  return bidUnits > 0n || askUnits > 0n;
}
