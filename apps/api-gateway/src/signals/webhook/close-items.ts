import {
  Dec,
  ZERO,
  type CloseTrigger,
  type Decimal,
  type Price,
  type PositionSide,
  type WantedCloseItem,
} from '#domain';
import type { Field } from '../common/field.js';
import { isFields, isList } from '../common/json.js';
import { POSITIVE, SHARE, type Range } from '../common/ranges.js';

type Kind = WantedCloseItem['kind'];

const KEY_PREFIX: Readonly<Record<Kind, string>> = { take_profit: 'tp', stop_loss: 'sl' };
const ALL = new Dec(1);
const UPWARDS: Range = { expected: 'must be > 0 and <= 1000', holds: (value) => value.gt(ZERO) && value.lte(1000) };
const DOWNWARDS: Range = { expected: 'must be > 0 and < 100', holds: (value) => value.gt(ZERO) && value.lt(100) };
/** Where a value is faulty; its fault refuses the whole. */
const STAND_IN: CloseTrigger = { kind: 'ratio', ratio: ALL };

/**
 * `stop_loss` or `take_profit`: a price, an object, or a list of either.
 * @param side of the position; null when only what is live decides it
 */
export function readCloseItems(field: Field, kind: Kind, side: PositionSide | null): readonly WantedCloseItem[] {
  if (field.isAbsent) return [];
  const fields = isList(field.raw) ? field.elements() : [field];
  return fields.map((item, at) => ({ key: `${KEY_PREFIX[kind]}-${at + 1}`, kind, ...readItem(item, kind, side) }));
}

function readItem(item: Field, kind: Kind, side: PositionSide | null): Pick<WantedCloseItem, 'ratio' | 'trigger'> {
  if (!isFields(item.raw)) return { ratio: ALL, trigger: exact(item.required()?.decimal(POSITIVE)) };
  const [price, percent] = [item.at('price'), item.at('pct')];
  const ratio = item.at('ratio').decimal(SHARE) ?? ALL;
  if (price.isAbsent === percent.isAbsent) {
    item.complain(`must have exactly one of price and pct, had ${price.isAbsent ? 'none' : 'both'}`);
    return { ratio, trigger: STAND_IN };
  }
  return { ratio, trigger: percent.isAbsent ? exact(price.decimal(POSITIVE)) : offset(percent, kind, side) };
}

const exact = (price: Decimal | undefined): CloseTrigger =>
  price === undefined ? STAND_IN : { kind: 'exact', price: price as Price };

/** 1.5 is 1.5 % from the average entry, in profit of a take-profit and in loss of a stop-loss. */
function offset(percent: Field, kind: Kind, side: PositionSide | null): CloseTrigger {
  if (side === null) {
    percent.complain('needs side, the side of the new position is not known');
    return STAND_IN;
  }
  const isUp = (side === 'long') === (kind === 'take_profit');
  const share = percent.decimal(isUp ? UPWARDS : DOWNWARDS)?.div(100);
  return share === undefined ? STAND_IN : { kind: 'ratio', ratio: isUp ? ALL.add(share) : ALL.sub(share) };
}
