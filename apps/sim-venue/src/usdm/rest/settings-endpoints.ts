import { Refusal } from '../../floor/refusal.js';
import { integerParam, type ParamRules } from '../../rest/params.js';
import { marketOf } from '../../rest/symbol-param.js';
import { parseUnits } from '../../matching/scaled.js';
import { MAX_LEVERAGE, maxNotional } from '../ledger/brackets.js';
import { wholeText } from './account-views.js';
import type { FuturesCall, FuturesEndpoint, FuturesVenue } from './endpoint.js';
import { flag, positionSideParam } from './order-command.js';

const SUCCESS = { code: 200, msg: 'success' };
const SYMBOL: ParamRules = { symbol: { kind: 'symbol', mandatory: true } };
const ADD = '1';
const REDUCE = '2';

/** What a key's owner sets: modes, leverage and the margin of isolated positions. */
export function settingsEndpoints({ exchange }: FuturesVenue): readonly FuturesEndpoint[] {
  const { settings } = exchange;
  const post = (path: string, rules: ParamRules, prepare: (call: FuturesCall) => () => unknown): FuturesEndpoint => ({
    method: 'POST',
    path: `/fapi/v1/${path}`,
    security: 'TRADE',
    weight: 1,
    rules,
    prepare,
  });
  return [
    post('positionSide/dual', { dualSidePosition: { kind: 'enum', mandatory: true } }, ({ account, params }) => {
      const dual = flag(params, 'dualSidePosition');
      return () => {
        settings.setDual(account, dual);
        return SUCCESS;
      };
    }),
    post('leverage', { ...SYMBOL, leverage: { kind: 'integer', mandatory: true } }, ({ account, params }) => {
      const { spec } = marketOf(exchange.markets, params);
      const leverage = Number(params.get('leverage'));
      if (!(leverage >= 1 && leverage <= MAX_LEVERAGE))
        throw new Refusal(-4028, `Leverage ${params.get('leverage') ?? ''} is not valid`);
      return () => {
        settings.setLeverage(account, spec, leverage);
        return { leverage, maxNotionalValue: wholeText(maxNotional(leverage)), symbol: spec.symbol };
      };
    }),
    post('marginType', { ...SYMBOL, marginType: { kind: 'enum', mandatory: true } }, ({ account, params }) => {
      const { spec } = marketOf(exchange.markets, params);
      const type = params.get('marginType');
      if (type !== 'ISOLATED' && type !== 'CROSSED')
        throw new Refusal(-1130, "Data sent for parameter 'marginType' is not valid.");
      return () => {
        settings.setMarginType(account, spec, type === 'ISOLATED');
        return SUCCESS;
      };
    }),
    post(
      'positionMargin',
      {
        ...SYMBOL,
        positionSide: { kind: 'enum' },
        amount: { kind: 'decimal', mandatory: true },
        type: { kind: 'integer', mandatory: true },
      },
      ({ account, params }) => {
        const { spec } = marketOf(exchange.markets, params);
        const side = positionSideParam(params, account);
        const type = params.get('type');
        if (type !== ADD && type !== REDUCE) throw new Refusal(-1130, "Data sent for parameter 'type' is not valid.");
        const amount = parseUnits(params.get('amount') ?? '');
        if (typeof amount !== 'bigint')
          throw new Refusal(-1111, 'Precision is over the maximum defined for this asset.');
        if (amount === 0n) throw new Refusal(-4055, 'Amount must be positive.');
        return () => {
          settings.movePositionMargin(account, spec, side, type === ADD ? amount : -amount);
          return {
            amount: Number(params.get('amount')),
            code: 200,
            msg: 'Successfully modify position margin.',
            type: integerParam(params, 'type', { min: 1, max: 2 }),
          };
        };
      },
    ),
  ];
}
