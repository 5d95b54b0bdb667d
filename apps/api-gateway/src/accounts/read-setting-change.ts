import { shown, type JsonObject } from '#order-intake';
import type { AccountCommand } from '#persistence';
import { ApiError } from '../http/api-error.js';

const FIELDS = ['hedge_mode', 'symbol', 'leverage', 'margin_type'];
const SYMBOL = /^[A-Za-z0-9_:/.-]{1,64}$/;

/**
 * One change of a setting at a venue: `hedge_mode`, or for a `symbol` its `leverage` or its `margin_type`. Pure.
 * @throws ApiError for anything else
 */
export function readSettingChange(body: JsonObject): Pick<AccountCommand, 'kind' | 'symbol' | 'argument'> {
  const unknown = Object.keys(body).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw ApiError.ofFields({ [unknown]: ['unknown field'] });
  const { hedge_mode: hedgeMode, symbol, leverage, margin_type: marginType } = body;
  const given = [hedgeMode, leverage, marginType].filter((value) => value !== undefined);
  if (given.length !== 1)
    throw new ApiError('invalid', 'exactly one of hedge_mode, leverage and margin_type must be given');
  if (hedgeMode !== undefined) {
    if (typeof hedgeMode !== 'boolean')
      throw ApiError.ofFields({ hedge_mode: [`must be true or false, was ${shown(hedgeMode)}`] });
    if (symbol !== undefined) throw ApiError.ofFields({ symbol: ['hedge_mode is of the whole account'] });
    return { kind: 'set_hedge_mode', symbol: '', argument: hedgeMode ? 'on' : 'off' };
  }
  if (typeof symbol !== 'string' || !SYMBOL.test(symbol))
    throw ApiError.ofFields({ symbol: ['must be the venue’s name of an instrument'] });
  if (marginType !== undefined) {
    if (marginType !== 'cross' && marginType !== 'isolated')
      throw ApiError.ofFields({ margin_type: [`must be cross or isolated, was ${shown(marginType)}`] });
    return { kind: 'set_margin_type', symbol, argument: marginType };
  }
  const told = leverage === undefined ? 'none' : shown(leverage);
  if (!/^[1-9]\d{0,2}$/.test(told))
    throw ApiError.ofFields({ leverage: [`must be a whole number from 1 to 999, was ${told}`] });
  return { kind: 'set_leverage', symbol, argument: told };
}
