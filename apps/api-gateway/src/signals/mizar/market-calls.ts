import type { EpochMs } from '#domain';
import type { Field } from '../common/field.js';
import type { StrategyMarket } from '../common/strategy-terms.js';
import { BAR_TYPES, subclassNamed, subclassesOf, type BarSubclass, type BarType } from './bar-types.js';
import { complete, readAsset, type CallResult } from './lot-calls.js';
import { readMarket } from './publish.js';

const MAX_NAME = 40;
const MAX_BARS = 500;
const DEFAULT_EXCHANGE = 'binance';
const EPOCH = 0 as EpochMs;

export interface SymbolsCall {
  readonly exchange: string;
  /** Null: of all markets. */
  readonly market: StrategyMarket | null;
}

/** `symbols`: `exchange`, and perhaps `market`. */
export function readSymbols(query: Field): CallResult<SymbolsCall> {
  const exchange = query.at('exchange').required()?.text(MAX_NAME);
  const market = readMarket(query.at('market')) ?? null;
  return complete(query, exchange === undefined ? undefined : { exchange, market });
}

/** Null: whatever it is. */
export interface BarTypesCall {
  readonly barType: BarType | null;
  readonly barSubclass: BarSubclass | null;
  readonly base: string | null;
  readonly quote: string | null;
  readonly exchange: string | null;
}

/** `bar-types`: filters, all optional. */
export function readBarTypes(query: Field): CallResult<BarTypesCall> {
  const barType = query.at('bar_type').choice(BAR_TYPES) ?? null;
  const subclass = query.at('bar_subclass').text(MAX_NAME);
  const barSubclass = subclass === undefined ? null : (subclassNamed(subclass) ?? unknownSubclass(query, barType));
  const base = query.at('base_asset').isAbsent ? null : readAsset(query.at('base_asset'));
  const quote = query.at('quote_asset').isAbsent ? null : readAsset(query.at('quote_asset'));
  const exchange = query.at('exchange').text(MAX_NAME) ?? null;
  return complete(query, {
    barType,
    barSubclass: barSubclass ?? null,
    base: base ?? null,
    quote: quote ?? null,
    exchange,
  });
}

export interface BarsCall {
  readonly base: string;
  readonly quote: string;
  readonly exchange: string;
  readonly barType: BarType;
  readonly barSubclass: BarSubclass;
  /** Of the first bar's open, inclusive. */
  readonly startAt: EpochMs;
  /** Null: no end. */
  readonly endAt: EpochMs | null;
  /** 1 to 500. */
  readonly limit: number;
}

/** `bars` (signal-apis.md 2.5): defaults are those of the public client. */
export function readBars(query: Field): CallResult<BarsCall> {
  const base = readAsset(query.at('base_asset'));
  const quote = readAsset(query.at('quote_asset'));
  const startAt = query.at('start_timestamp').instant() ?? EPOCH;
  const endAt = query.at('end_timestamp').instant() ?? null;
  const limit = Math.min(MAX_BARS, Math.max(1, query.at('limit').integer() ?? MAX_BARS));
  const barType = query.at('bar_type').choice(BAR_TYPES) ?? 'time';
  const barSubclass = readSubclass(query, barType);
  const exchange = query.at('exchange').text(MAX_NAME) ?? DEFAULT_EXCHANGE;
  const isWhole = base !== undefined && quote !== undefined && barSubclass !== undefined;
  return complete(query, isWhole ? { base, quote, exchange, barType, barSubclass, startAt, endAt, limit } : undefined);
}

function readSubclass(query: Field, barType: BarType): BarSubclass | undefined {
  const name = query.at('bar_subclass').text(MAX_NAME);
  if (name === undefined) return barType === 'time' ? 'D' : 'dynamic';
  const subclass = subclassNamed(name);
  if (subclass !== undefined && subclassesOf(barType).includes(subclass)) return subclass;
  return unknownSubclass(query, barType);
}

function unknownSubclass(query: Field, barType: BarType | null): undefined {
  const known = barType === null ? [...subclassesOf('time'), ...subclassesOf('tick')] : subclassesOf(barType);
  return query.at('bar_subclass').fail(`must be one of ${known.join(' ')}`);
}
