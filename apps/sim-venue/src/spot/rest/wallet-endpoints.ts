import { unitsText } from '../../matching/scaled.js';
import { marketOf } from '../../rest/symbol-param.js';
import type { SpotEndpoint, SpotVenue } from './endpoint.js';

/** The little of the vendor's wallet API that trading clients ask for. */
export function walletEndpoints({ exchange }: SpotVenue): readonly SpotEndpoint[] {
  const status: SpotEndpoint = {
    method: 'GET',
    path: '/sapi/v1/system/status',
    security: 'NONE',
    weight: 1,
    rules: {},
    prepare: () => () => ({ status: 0, msg: 'normal' }),
  };

  const tradeFee: SpotEndpoint = {
    method: 'GET',
    path: '/sapi/v1/asset/tradeFee',
    security: 'USER_DATA',
    weight: 1,
    rules: { symbol: { kind: 'symbol' } },
    prepare({ params }) {
      const markets = params.has('symbol') ? [marketOf(exchange.markets, params)] : [...exchange.markets.values()];
      const { makerBps, takerBps } = exchange.ledger.feeRates;
      const rate = (bps: number): string => unitsText(BigInt(bps) * 10_000n);
      return () =>
        markets.map(({ spec: { symbol } }) => ({
          symbol,
          makerCommission: rate(makerBps),
          takerCommission: rate(takerBps),
        }));
    },
  };

  return [status, tradeFee];
}
