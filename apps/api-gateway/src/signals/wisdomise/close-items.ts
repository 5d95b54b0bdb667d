import { Dec, type CloseTrigger, type Price, type PositionSide, type WantedCloseItem } from '#domain';
import type { Field } from '../common/field.js';
import { isFields } from '../common/json.js';
import { ENTRY_MULTIPLE, POSITIVE, SHARE } from '../common/ranges.js';
import { readKey, requireUniqueKeys } from './item-key.js';
import { elementsOf } from './open-items.js';

type Kind = WantedCloseItem['kind'];

/** Keys of the one item that an older body describes. */
const LEGACY_KEYS: Readonly<Record<Kind, string>> = { take_profit: 'legacy-tp', stop_loss: 'legacy-sl' };
const ALL = new Dec(1);
/** Where a value is faulty; its fault refuses the whole. */
const STAND_IN: CloseTrigger = { kind: 'ratio', ratio: ALL };

/**
 * Exits of one kind.
 * @param side of the position; null when the signal does not say
 */
export function readCloseItems(list: Field, kind: Kind, side: PositionSide | null): readonly WantedCloseItem[] {
  if (isLegacy(list)) return [readLegacyItem(list, kind)];
  const fields = elementsOf(list);
  requireUniqueKeys(fields);
  return fields.map((field) => {
    field.required()?.object();
    const key = readKey(field);
    const ratio = field.at('amount_ratio').required()?.decimal(SHARE) ?? ALL;
    return { key, kind, ratio, trigger: readTrigger(field, kind, side) };
  });
}

function readTrigger(field: Field, kind: Kind, side: PositionSide | null): CloseTrigger {
  const [exact, multiple] = [field.at('price_exact'), field.at('price_ratio')];
  if (exact.isAbsent === multiple.isAbsent) {
    field.complain(`must have exactly one of price_exact and price_ratio, had ${exact.isAbsent ? 'none' : 'both'}`);
    return STAND_IN;
  }
  const price = exact.decimal(POSITIVE);
  if (price !== undefined) return { kind: 'exact', price: price as Price };
  const ratio = multiple.decimal(ENTRY_MULTIPLE);
  if (ratio === undefined) return STAND_IN;
  if (kind === 'take_profit' && side === 'long' && ratio.lte(1))
    multiple.fail('must be > 1, the profit side of a long');
  if (kind === 'take_profit' && side === 'short' && ratio.gte(1))
    multiple.fail('must be < 1, the profit side of a short');
  return { kind: 'ratio', ratio };
}

const isLegacy = (list: Field): boolean =>
  isFields(list.raw) && list.at('items').isAbsent && !list.at('price').isAbsent;

/** `{"price": {"value": x}}`. */
function readLegacyItem(list: Field, kind: Kind): WantedCloseItem {
  const price = list.at('price').valueOrBare().required()?.decimal(POSITIVE);
  const trigger: CloseTrigger = price === undefined ? STAND_IN : { kind: 'exact', price: price as Price };
  return { key: LEGACY_KEYS[kind], kind, ratio: ALL, trigger };
}
