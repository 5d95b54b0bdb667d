import {
  Dec,
  decideSignal,
  decimal,
  epochMs,
  evaluatePrice,
  price,
  type Evaluation,
  type LegAction,
  type Position,
  type PositionId,
  type PositionSide,
  type PriceTick,
  type SignalDecision,
  type SignalInput,
  type SignalIntent,
  type SignalStrategy,
  type StrategyId,
  type WantedCloseItem,
  type WantedOpenItem,
  type WantedPosition,
} from '#domain';

export const AT = epochMs(1_772_445_600_000);
export const PAIR = 'BTC-USDT';

/** `'<= 95'` as a gate; null fires at once. */
export function gateOf(text: string | null): WantedOpenItem['gate'] {
  if (text === null) return null;
  const [op, at] = text.split(' ');
  return { op: op === '>=' ? '>=' : '<=', price: price(at ?? '') };
}

/** An open item: a market order, unless a limit price is told. */
export function entry(
  key: string,
  amount: string,
  gate: string | null = null,
  more: { readonly limit?: string; readonly expiresAt?: number } = {},
): WantedOpenItem {
  return {
    key,
    gate: gateOf(gate),
    amount: decimal(amount),
    orderType: more.limit === undefined ? 'market' : 'limit',
    limitPrice: more.limit === undefined ? null : price(more.limit),
    expiresAt: more.expiresAt === undefined ? null : epochMs(more.expiresAt),
  };
}

/** A close item at a price, or at `'x1.1'` of the average entry. */
export function exitItem(kind: WantedCloseItem['kind'], key: string, ratio: string, at: string): WantedCloseItem {
  const trigger: WantedCloseItem['trigger'] = at.startsWith('x')
    ? { kind: 'ratio', ratio: decimal(at.slice(1)) }
    : { kind: 'exact', price: price(at) };
  return { key, kind, ratio: decimal(ratio), trigger };
}

export const takeProfit = (key: string, ratio: string, at: string) => exitItem('take_profit', key, ratio, at);
export const stopLoss = (key: string, ratio: string, at: string) => exitItem('stop_loss', key, ratio, at);

export function wantedPosition(
  side: PositionSide,
  openItems: readonly WantedOpenItem[],
  closeItems: readonly WantedCloseItem[] = [],
  more: Partial<WantedPosition> = {},
): WantedPosition {
  return { side, leverage: new Dec(1), openItems, closeItems, orderExpiresAt: null, actionExpiresAt: null, ...more };
}

export function signalInput(
  intent: SignalIntent,
  positions: readonly Position[] = [],
  more: Partial<SignalInput> = {},
): SignalInput {
  const number = Math.max(30, ...positions.map((position) => position.number)) + 1;
  return {
    intent,
    positions,
    strategy: {
      id: 'strategy-1' as StrategyId,
      market: 'FUTURES',
      isActive: true,
      onOpenWhileLive: 'reject',
      pyramiding: false,
    },
    pair: PAIR,
    subscriptions: 1,
    mid: price('100'),
    lastPrice: price('100'),
    at: AT,
    entryRefusal: null,
    fresh: { id: `position-${number}` as PositionId, number },
    isTest: false,
    ...more,
  };
}

export function decided(
  intent: SignalIntent,
  positions: readonly Position[] = [],
  more: Partial<SignalInput> = {},
): SignalDecision {
  return decideSignal(signalInput(intent, positions, more));
}

/** The position that an open makes. @throws Error when it is refused */
export function opened(wanted: WantedPosition, more: Partial<SignalInput> = {}): Position {
  const decision = decided({ action: 'open', wanted }, [], more);
  const position = decision.changes.at(-1)?.position;
  if (position === undefined) throw new Error(`Must be opened, was ${decision.reason}: ${decision.message}`);
  return position;
}

/** A tick on from `previous`, paper at the price itself. */
export function tick(previous: string | null, to: string, more: Partial<PriceTick> = {}): PriceTick {
  return {
    previous: previous === null ? null : price(previous),
    price: price(to),
    mid: null,
    at: epochMs(AT + 1_000),
    subscriptions: 1,
    ...more,
  };
}

/** One evaluation per price after the first. */
export function walkPath(position: Position, path: readonly string[], more: Partial<PriceTick> = {}): Evaluation[] {
  const evaluations: Evaluation[] = [];
  let now = position;
  for (const [i, to] of path.entries()) {
    if (i === 0) continue;
    const evaluation = evaluatePrice(now, tick(path[i - 1] ?? null, to, more));
    evaluations.push(evaluation);
    now = evaluation.position;
  }
  return evaluations;
}

export const sizes = (evaluations: readonly Evaluation[]): string[] =>
  evaluations.map(({ position }) => position.size.toFixed());

export const firedKeys = (evaluations: readonly Evaluation[]): string[][] =>
  evaluations.map(({ fired }) => fired.map(({ key }) => key));

export const LONG = wantedPosition('long', [entry('in-1', '1')]);
export const SHORT = wantedPosition('short', [entry('in-1', '1')]);

export const lastOf = ({ changes }: SignalDecision): Position => {
  const change = changes.at(-1);
  if (change === undefined) throw new Error('There must be a change, was none');
  return change.position;
};
export const actionsOf = ({ changes }: SignalDecision): LegAction[][] => changes.map(({ actions }) => [...actions]);
export const kindsOf = (decision: SignalDecision): string[][] =>
  actionsOf(decision).map((all) => all.map(({ kind }) => kind));

/** A strategy other than the usual one, for `decided` and its like. */
export const strategyWith = (more: Partial<SignalStrategy>): Pick<SignalInput, 'strategy'> => ({
  strategy: { ...signalInput({ action: 'exit_all' }).strategy, ...more },
});
export const SPOT = strategyWith({ market: 'SPOT' });

/** An update that keeps side, leverage and expiries, unless they are told. */
export function updateOf(
  openItems: readonly WantedOpenItem[],
  closeItems: readonly WantedCloseItem[] = [],
  more: Partial<Extract<SignalIntent, { action: 'update' }>> = {},
): SignalIntent {
  return {
    ...{ action: 'update', side: null, leverage: null, orderExpiresAt: null, actionExpiresAt: null },
    ...{ openItems, closeItems, ...more },
  };
}
