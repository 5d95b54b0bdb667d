import type { Price } from '../numeric/decimal.js';
import type { PositionSide } from './contract.js';
import { ONE } from './size.js';
import type { WantedCloseItem, WantedOpenItem } from './signal-intent.js';

/**
 * What is accepted and likely a mistake (signal-apis.md 1.2): closes on the wrong side of the entry, several at one price,
 * and closes that stand behind one of the whole size.
 *
 * @param entry the average entry, or where the first entry is expected; null: sides are not looked at
 */
export function closeWarnings(side: PositionSide, close: readonly WantedCloseItem[], entry: Price | null): string[] {
  return [...wrongSides(side, close, entry), ...equalPrices(close), ...behindWhole(close)];
}

/** Where the first entry is expected: its limit, its gate, or the market. */
export function expectedEntry([first]: readonly WantedOpenItem[], mid: Price | null): Price | null {
  return first?.limitPrice ?? first?.gate?.price ?? mid;
}

const nameOf = ({ kind, key }: WantedCloseItem): string => `${kind} ${key}`;

function wrongSides(side: PositionSide, close: readonly WantedCloseItem[], entry: Price | null): string[] {
  if (entry === null) return [];
  return close.flatMap((item) => {
    if (item.trigger.kind !== 'exact') return [];
    const isAbove = (side === 'long') === (item.kind === 'take_profit');
    const { price } = item.trigger;
    if (isAbove ? price.gt(entry) : price.lt(entry)) return [];
    const expected = `${isAbove ? 'above' : 'below'} the entry at ${entry.toFixed()} for a ${side}`;
    return [`${nameOf(item)}: price should be ${expected}, was ${price.toFixed()}`];
  });
}

function equalPrices(close: readonly WantedCloseItem[]): string[] {
  const first = new Map<string, WantedCloseItem>();
  return close.flatMap((item) => {
    const { trigger } = item;
    const price = trigger.kind === 'exact' ? trigger.price.toFixed() : `x${trigger.ratio.toFixed()}`;
    const before = first.get(price);
    if (before === undefined) {
      first.set(price, item);
      return [];
    }
    return [`${nameOf(item)} has the price of ${nameOf(before)}, ${price}: stop-losses come first, then list order`];
  });
}

function behindWhole(close: readonly WantedCloseItem[]): string[] {
  return (['take_profit', 'stop_loss'] as const).flatMap((kind) => {
    const items = close.filter((item) => item.kind === kind);
    const whole = items.findIndex(({ ratio }) => ratio.eq(ONE));
    const [closing] = whole < 0 ? [] : items.slice(whole);
    if (closing === undefined) return [];
    return items.slice(whole + 1).map((item) => `${nameOf(item)} stands behind ${closing.key}, which closes all`);
  });
}
