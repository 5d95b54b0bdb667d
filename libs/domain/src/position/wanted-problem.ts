import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';
import type { PositionSide } from './contract.js';
import { ONE, SIZE_TOLERANCE } from './size.js';
import { refused, type SignalDecision, type SignalStrategy } from './signal-decision.js';
import type { WantedCloseItem, WantedOpenItem, WantedPosition } from './signal-intent.js';

const MAX_LEVERAGE = new Dec(125);
const MAX_KEY = 64;
const LEAST_RATIO = new Dec('0.5');
const MOST_RATIO = new Dec(2);
const MOST_AMOUNT = ONE.add(SIZE_TOLERANCE);

/** The lists as their senders call them. */
const LISTS = { open: 'open_orders', take_profit: 'take_profit', stop_loss: 'stop_loss' } as const;
type List = keyof typeof LISTS;

/** Why a position cannot be opened as described (signal-apis.md 1.1, vectors 6 to 9, 21, 22); null: it can. */
export function wantedProblem(wanted: WantedPosition, strategy: SignalStrategy): SignalDecision | null {
  const { side, leverage } = wanted;
  if (strategy.market === 'SPOT' && side === 'short')
    return refused('rejected_side', 'a SPOT strategy takes long positions only, was short');
  const schema =
    leverageProblem(leverage, strategy) ??
    (wanted.openItems.length === 0 ? 'open_orders must not be empty' : null) ??
    itemsProblem(side, wanted.openItems, wanted.closeItems);
  return schema === null ? null : refused('rejected_schema', schema);
}

function leverageProblem(leverage: Decimal | null, { market }: SignalStrategy): string | null {
  if (leverage === null) return null;
  if (market === 'SPOT' && !leverage.eq(ONE))
    return `leverage must be 1 for a SPOT strategy, was ${leverage.toFixed()}`;
  if (leverage.lt(ONE) || leverage.gt(MAX_LEVERAGE)) return `leverage must be 1 to 125, was ${leverage.toFixed()}`;
  return null;
}

/** What is wrong with the items of a position of that side; null: nothing. */
export function itemsProblem(
  side: PositionSide,
  open: readonly WantedOpenItem[],
  close: readonly WantedCloseItem[],
): string | null {
  const takeProfits = close.filter(({ kind }) => kind === 'take_profit');
  const stopLosses = close.filter(({ kind }) => kind === 'stop_loss');
  return (
    keysProblem('open', open) ??
    keysProblem('take_profit', takeProfits) ??
    keysProblem('stop_loss', stopLosses) ??
    firstOf(open, openItemProblem) ??
    amountsProblem(open) ??
    firstOf(takeProfits, (item, at) => closeItemProblem(item, at, side)) ??
    firstOf(stopLosses, (item, at) => closeItemProblem(item, at, side))
  );
}

function firstOf<T>(items: readonly T[], problemOf: (item: T, at: string) => string | null): string | null {
  for (const [index, item] of items.entries()) {
    const problem = problemOf(item, `[${index}]`);
    if (problem !== null) return problem;
  }
  return null;
}

function keysProblem(list: List, items: readonly { readonly key: string }[]): string | null {
  const seen = new Set<string>();
  return firstOf(items, ({ key }, at) => {
    const where = `${LISTS[list]}${at}.key`;
    if (key.length === 0 || key.length > MAX_KEY)
      return `${where} must be 1 to ${MAX_KEY} characters, was ${key.length}`;
    if (seen.has(key)) return `${where} must be unique in its list, was ${key} again`;
    seen.add(key);
    return null;
  });
}

/** What is wrong with one open item; null: nothing. */
export function openItemProblem({ amount, gate, orderType, limitPrice }: WantedOpenItem, at: string): string | null {
  const where = `${LISTS.open}${at}`;
  if (amount.lt(ZERO) || amount.gt(MOST_AMOUNT)) return `${where}.amount must be 0 to 1, was ${amount.toFixed()}`;
  if (gate?.price.lte(ZERO)) return `${where}.condition.right must be above 0, was ${gate.price.toFixed()}`;
  if (orderType !== 'limit') return null;
  if (limitPrice === null) return `${where}: limit needs price.value`;
  return limitPrice.lte(ZERO) ? `${where}.price.value must be above 0, was ${limitPrice.toFixed()}` : null;
}

function amountsProblem(open: readonly WantedOpenItem[]): string | null {
  const sum = open.reduce<Decimal>((total, { amount }) => total.add(amount), ZERO);
  return sum.gt(MOST_AMOUNT) ? `${LISTS.open}: amounts must add up to at most 1, were ${sum.toFixed()}` : null;
}

function closeItemProblem({ kind, ratio, trigger }: WantedCloseItem, at: string, side: PositionSide): string | null {
  const where = `${LISTS[kind]}${at}`;
  if (ratio.lte(ZERO) || ratio.gt(ONE))
    return `${where}.amount_ratio must be above 0 and at most 1, was ${ratio.toFixed()}`;
  if (trigger.kind === 'exact')
    return trigger.price.lte(ZERO) ? `${where}.price_exact must be above 0, was ${trigger.price.toFixed()}` : null;
  const factor = trigger.ratio;
  if (factor.lt(LEAST_RATIO) || factor.gt(MOST_RATIO))
    return `${where}.price_ratio must be 0.5 to 2, a multiple of the average entry, was ${factor.toFixed()}`;
  const isProfit = side === 'long' ? factor.gt(ONE) : factor.lt(ONE);
  if (kind === 'take_profit' && !isProfit)
    return `${where}.price_ratio must be ${side === 'long' ? 'above' : 'below'} 1 for a ${side}, was ${factor.toFixed()}`;
  return null;
}

/** A ratio of a reduction. */
export function ratioProblem(ratio: Decimal): SignalDecision | null {
  if (ratio.gt(ZERO) && ratio.lte(ONE)) return null;
  return refused('rejected_schema', `size must be above 0 and at most 1, was ${ratio.toFixed()}`);
}
