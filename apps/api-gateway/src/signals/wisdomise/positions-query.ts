import { err, ok, type EpochMs, type Result } from '#domain';
import type { SignalFault } from '../common/fault.js';
import { rootField } from '../common/field.js';
import type { JsonFields } from '../common/json.js';
import { MAX_SYMBOL, resolvePair } from '../common/resolve-pair.js';
import type { StrategyTerms } from '../common/strategy-terms.js';

/** Which positions are asked for; null: no such limit. */
export interface PositionsQuery {
  readonly pair: string | null;
  /** Inclusive. */
  readonly startAt: EpochMs | null;
  /** Exclusive. */
  readonly endAt: EpochMs | null;
}

/** `asset_name`, in any form of a symbol, `start_time`, `end_time`; empty ones are not there (signal-apis.md 1.3). */
export function readPositionsQuery(query: JsonFields, terms: StrategyTerms): Result<PositionsQuery, SignalFault> {
  const root = rootField(Object.fromEntries(Object.entries(query).filter(([, value]) => value !== '')));
  const symbol = root.at('asset_name').text(MAX_SYMBOL);
  const startAt = root.at('start_time').instant() ?? null;
  const endAt = root.at('end_time').instant() ?? null;
  const refusal = root.reading.refusal();
  if (refusal !== null) return err(refusal);
  if (symbol === undefined) return ok({ pair: null, startAt, endAt });
  const pair = resolvePair(symbol, terms);
  return pair.ok ? ok({ pair: pair.value, startAt, endAt }) : pair;
}
