import { Dec, err, ok, type Decimal, type PositionSide, type Result, type SignalIntent } from '#domain';
import type { FieldFault, SignalFault } from '../common/fault.js';
import type { Field } from '../common/field.js';
import { SHARE } from '../common/ranges.js';
import type { StrategyTerms } from '../common/strategy-terms.js';
import { readId, readOptionalId } from './ids.js';

const MAX_ASSET = 20;
const ASSET = /^[A-Z0-9]+$/;

/** What schema faults of a call are: all of them, not the first alone. */
export type CallResult<T> = Result<T, readonly FieldFault[]>;

export interface OpenPositionCall {
  readonly strategyNumber: number;
  readonly base: string;
  readonly quote: string;
  readonly size: Decimal;
  readonly side: PositionSide;
}

export interface ClosePositionCall {
  readonly positionNumber: number;
  /** Null when not given; else the position must be of this strategy. */
  readonly strategyNumber: number | null;
}

export interface CloseAllCall {
  /** Null: of all strategies of the user. */
  readonly strategyNumber: number | null;
  /** Null: whatever the pair. */
  readonly pair: string | null;
}

/** The value of a call, unless a fault was found on the way. */
export function complete<T>({ reading }: Field, value: T | undefined): CallResult<T> {
  if (reading.faults.length > 0) return err(reading.faults);
  if (value === undefined) throw new Error('A call without a fault must have a value');
  return ok(value);
}

/** `open-position`: `strategy_id`, `base_asset`, `quote_asset`, `size` (1), `is_long`. */
export function readOpenPosition(body: Field): CallResult<OpenPositionCall> {
  const strategyNumber = readId(body.at('strategy_id'));
  const base = readAsset(body.at('base_asset'));
  const quote = readAsset(body.at('quote_asset'));
  const size = body.at('size').decimal(SHARE) ?? new Dec(1);
  const isLong = body.at('is_long').required()?.boolean();
  const isWhole = strategyNumber !== undefined && base !== undefined && quote !== undefined && isLong !== undefined;
  return complete(body, isWhole ? { strategyNumber, base, quote, size, side: isLong ? 'long' : 'short' } : undefined);
}

/** `close-position`: `position_id`, and perhaps `strategy_id`. */
export function readClosePosition(body: Field): CallResult<ClosePositionCall> {
  const positionNumber = readId(body.at('position_id'));
  const strategyNumber = readOptionalId(body.at('strategy_id'));
  return complete(body, positionNumber === undefined ? undefined : { positionNumber, strategyNumber });
}

/** `close-all-positions`: perhaps `strategy_id`; perhaps `base_asset` and `quote_asset`, both or none. */
export function readCloseAll(body: Field): CallResult<CloseAllCall> {
  const strategyNumber = readOptionalId(body.at('strategy_id'));
  const [base, quote] = [body.at('base_asset'), body.at('quote_asset')];
  if (base.isAbsent && quote.isAbsent) return complete(body, { strategyNumber, pair: null });
  const [baseAsset, quoteAsset] = [readAsset(base), readAsset(quote)];
  const isPair = baseAsset !== undefined && quoteAsset !== undefined;
  return complete(body, isPair ? { strategyNumber, pair: `${baseAsset}-${quoteAsset}` } : undefined);
}

/** `all-open-positions`: `strategy_id`. */
export function readAllOpenPositions(query: Field): CallResult<{ readonly strategyNumber: number }> {
  const strategyNumber = readId(query.at('strategy_id'));
  return complete(query, strategyNumber === undefined ? undefined : { strategyNumber });
}

/** A required asset, in capitals. */
export function readAsset(field: Field): string | undefined {
  const asset = field.required()?.text(MAX_ASSET)?.toUpperCase();
  return asset === undefined || ASSET.test(asset) ? asset : field.fail('must be letters and digits');
}

export interface LotSignal {
  readonly pair: string;
  readonly intent: Extract<SignalIntent, { action: 'open_lot' }>;
}

/** What an open means for the strategy that it names: a lot of its own, at the subscription's leverage. */
export function openLot(
  call: OpenPositionCall,
  strategy: StrategyTerms & { readonly number: number },
): Result<LotSignal, SignalFault> {
  const { base, quote, size, side } = call;
  const pair = `${base}-${quote}`;
  if (!strategy.symbols.some((one) => one.base === base && one.quote === quote))
    return err({ reason: 'rejected_symbol', message: `${base}${quote} is not traded by strategy ${strategy.number}` });
  if (strategy.market === 'SPOT' && side === 'short')
    return err({ reason: 'rejected_side', message: `is_long must be true, strategy ${strategy.number} trades SPOT` });
  const item = {
    key: 'open',
    gate: null,
    amount: size,
    orderType: 'market',
    limitPrice: null,
    expiresAt: null,
  } as const;
  const wanted = {
    side,
    leverage: null,
    openItems: [item],
    closeItems: [],
    orderExpiresAt: null,
    actionExpiresAt: null,
  };
  return ok({ pair, intent: { action: 'open_lot', wanted } });
}
