import { isCalendarDay, type MarketType } from '#domain';

/** What is said of a text that is no pair. */
export const PAIR_TEXT =
  'pair must correct syntax: {BASE}-{QUOTE} or {BASE}:{VARIANT}-{QUOTE} ex. ETH-USDT or ETH:PERP-USDT';

const SYMBOL = '[A-Za-z0-9]{1,20}';
const DATE = '(?<date>\\d{4}\\.\\d{2}\\.\\d{2})';
const FORMS: readonly (readonly [MarketType, RegExp])[] = [
  ['spot', new RegExp(`^${SYMBOL}-${SYMBOL}$`)],
  ['perp', new RegExp(`^${SYMBOL}:PERP-${SYMBOL}$`, 'i')],
  ['future', new RegExp(`^${SYMBOL}:FUTURE_${DATE}-${SYMBOL}$`, 'i')],
  ['option', new RegExp(`^${SYMBOL}:(CALL|PUT)@\\d+(\\.\\d+)?_${DATE}-${SYMBOL}$`, 'i')],
];

/** The market type that a pair's form means; null when it is no pair (order-api.md 3.3, full match). */
export function marketTypeOfPair(text: string): MarketType | null {
  for (const [marketType, form] of FORMS) {
    const match = form.exec(text);
    if (match === null) continue;
    const date = match.groups?.['date'];
    if (date === undefined) return marketType;
    const [year, month, day] = date.split('.').map(Number) as [number, number, number];
    return isCalendarDay(year, month, day) ? marketType : null;
  }
  return null;
}
