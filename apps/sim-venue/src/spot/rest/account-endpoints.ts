import { unitsText } from '../../matching/scaled.js';
import type { SpotEndpoint, SpotVenue } from './endpoint.js';
import { marketOf } from '../../rest/symbol-param.js';

/** What a key's owner may read about itself. */
export function accountEndpoints(venue: SpotVenue): readonly SpotEndpoint[] {
  const { exchange, orderCounts } = venue;
  const rate = (bps: number): string => unitsText(BigInt(bps) * 10_000n);
  const commission = (): Record<string, string> => ({
    maker: rate(exchange.ledger.feeRates.makerBps),
    taker: rate(exchange.ledger.feeRates.takerBps),
    buyer: '0.00000000',
    seller: '0.00000000',
  });

  const account: SpotEndpoint = {
    method: 'GET',
    path: '/api/v3/account',
    security: 'USER_DATA',
    weight: 20,
    rules: { omitZeroBalances: { kind: 'boolean' } },
    prepare({ account: owner, params }) {
      const omitZero = params.get('omitZeroBalances') === 'true';
      return () => ({
        makerCommission: exchange.ledger.feeRates.makerBps,
        takerCommission: exchange.ledger.feeRates.takerBps,
        buyerCommission: 0,
        sellerCommission: 0,
        commissionRates: commission(),
        canTrade: owner.customer.restrictions.enableSpotAndMarginTrading,
        canWithdraw: owner.customer.restrictions.enableWithdrawals,
        canDeposit: true,
        brokered: false,
        requireSelfTradePrevention: false,
        preventSor: false,
        updateTime: exchange.shown(owner, 'query').updatedAt,
        accountType: 'SPOT',
        balances: [...exchange.shown(owner, 'query').balances]
          .filter(([, { free, locked }]) => !omitZero || free !== 0n || locked !== 0n)
          .map(([asset, { free, locked }]) => ({ asset, free: unitsText(free), locked: unitsText(locked) })),
        permissions: owner.customer.permissions,
        uid: owner.id,
      });
    },
  };

  const orderRate: SpotEndpoint = {
    method: 'GET',
    path: '/api/v3/rateLimit/order',
    security: 'USER_DATA',
    weight: 40,
    rules: {},
    prepare({ account: owner }) {
      return () => {
        return orderCounts.counts(owner.id, exchange.now()).map(({ suffix: _, ...limit }) => limit);
      };
    },
  };

  const commissions: SpotEndpoint = {
    method: 'GET',
    path: '/api/v3/account/commission',
    security: 'USER_DATA',
    weight: 20,
    rules: { symbol: { kind: 'symbol', mandatory: true } },
    prepare({ params }) {
      const { spec } = marketOf(exchange.markets, params);
      const none = { maker: '0.00000000', taker: '0.00000000', buyer: '0.00000000', seller: '0.00000000' };
      return () => ({
        symbol: spec.symbol,
        standardCommission: commission(),
        specialCommission: none,
        taxCommission: none,
        discount: { enabledForAccount: false, enabledForSymbol: false, discountAsset: 'BNB', discount: '0.00000000' },
      });
    },
  };

  const restrictions: SpotEndpoint = {
    method: 'GET',
    path: '/sapi/v1/account/apiRestrictions',
    security: 'USER_DATA',
    weight: 1,
    rules: {},
    prepare({ account: owner }) {
      return () => {
        const { restrictions: may, createdAt } = owner.customer;
        return {
          ipRestrict: may.ipRestrict,
          createTime: createdAt,
          enableReading: may.enableReading,
          enableWithdrawals: may.enableWithdrawals,
          enableInternalTransfer: false,
          enableMargin: false,
          enableFutures: may.enableFutures,
          permitsUniversalTransfer: false,
          enableVanillaOptions: false,
          enableFixApiTrade: false,
          enableFixReadOnly: false,
          enableSpotAndMarginTrading: may.enableSpotAndMarginTrading,
          enablePortfolioMarginTrading: false,
        };
      };
    },
  };

  return [account, orderRate, commissions, restrictions];
}
