import { showName } from '#order-intake';
import type { Field } from '../common/field.js';
import { MAX_SYMBOL } from '../common/resolve-pair.js';
import type { StrategyMarket } from '../common/strategy-terms.js';
import { complete, type CallResult } from './lot-calls.js';
import { listOfTexts } from './read-input.js';

const MAX_NAME = 100;
const MAX_DESCRIPTION = 4000;
const MAX_EXCHANGE = 40;

const MARKETS = new Map<string, StrategyMarket>([
  ['spot', 'SPOT'],
  ['futures', 'FUTURES'],
]);

/** A self-hosted strategy to publish. Whether exchanges and symbols exist has not been looked at. */
export interface PublishCall {
  readonly name: string;
  readonly description: string;
  /** In small letters, each once. */
  readonly exchanges: readonly string[];
  /** In capitals, each once. */
  readonly symbols: readonly string[];
  readonly market: StrategyMarket;
}

/** `publish-self-hosted-strategy`: `name`, `description`, `exchanges` or the older `exchange`, `symbols`, `market`. */
export function readPublish(body: Field): CallResult<PublishCall> {
  const name = body.at('name').required()?.text(MAX_NAME);
  const description = readDescription(body.at('description'));
  const exchanges = readNames(body.firstOf(['exchanges', 'exchange']), MAX_EXCHANGE);
  const symbols = readNames(body.at('symbols'), MAX_SYMBOL);
  const market = readMarket(body.at('market').required() ?? body.at('market'));
  const isWhole = name !== undefined && market !== undefined;
  const call = isWhole
    ? {
        name,
        description,
        exchanges: distinct(exchanges.map((one) => one.toLowerCase())),
        symbols: distinct(symbols.map((one) => one.toUpperCase())),
        market,
      }
    : undefined;
  return complete(body, call);
}

/** In any case; clients and documents write it in capitals. */
export function readMarket(field: Field): StrategyMarket | undefined {
  if (field.isAbsent) return undefined;
  const market = typeof field.raw === 'string' ? MARKETS.get(field.raw.trim().toLowerCase()) : undefined;
  return market ?? field.fail('must be SPOT or FUTURES');
}

/** May be missing or empty. */
function readDescription(field: Field): string {
  if (field.isAbsent || (typeof field.raw === 'string' && field.raw.trim() === '')) return '';
  return field.text(MAX_DESCRIPTION) ?? '';
}

/** A list that is not empty, or one text. */
function readNames(field: Field, maxLength: number): readonly string[] {
  if (field.required() === undefined) return [];
  const faults = field.reading.faults.length;
  const names = listOfTexts(field, maxLength);
  if (names.length === 0 && field.reading.faults.length === faults) field.complain('must have at least one item');
  return names;
}

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];

/** Texts of 400s. */
export const unknownExchange = (name: string): string => `unknown exchange ${showName(name)}`;
export const unknownSymbol = (symbol: string, exchange: string, market: StrategyMarket): string =>
  `${showName(symbol)} is not traded at ${exchange} ${market}`;
