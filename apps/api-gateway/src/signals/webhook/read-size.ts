import { Dec, ZERO, type Decimal } from '#domain';
import type { Field } from '../common/field.js';
import { POSITIVE, SHARE, type Range } from '../common/ranges.js';

/** In contracts or coins: they say nothing of the subscribers' capital. */
const CONTRACTS = ['contracts', 'qty', 'amount'] as const;
const IGNORED = [...CONTRACTS, 'quote_amount'] as const;
const PERCENT: Range = {
  expected: 'must be > 0 and <= 100',
  holds: (value) => value.gt(ZERO) && value.lte(100),
};

/**
 * The share of the capital that an alert asks for, `size`, `amount_ratio` or `size_pct`; undefined when it does not say.
 * @param fullContracts of the strategy: that many contracts are all of the capital; null: contracts are ignored
 */
export function readSize(root: Field, fullContracts: Decimal | null): Decimal | undefined {
  const share = root.firstOf(['size', 'amount_ratio']);
  const percent = root.at('size_pct');
  const contracts = root.firstOf(CONTRACTS);
  const fromContracts = share.isAbsent && percent.isAbsent && fullContracts !== null && !contracts.isAbsent;
  for (const field of IGNORED.map((name) => root.at(name)))
    if (!field.isAbsent && !(fromContracts && field.place.at(-1) === contracts.place.at(-1)))
      field.warn('is ignored, size is a share of the capital');
  if (!share.isAbsent) return share.decimal(SHARE);
  if (!percent.isAbsent) return percent.decimal(PERCENT)?.div(100);
  if (!fromContracts) return undefined;
  const part = contracts.decimal(POSITIVE)?.div(fullContracts).toDecimalPlaces(18, Dec.ROUND_DOWN);
  if (part === undefined || part.gt(ZERO)) return part === undefined ? undefined : Dec.min(1, part);
  return contracts.fail(`must be more than nothing of ${fullContracts.toFixed()}`);
}
