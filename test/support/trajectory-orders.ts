import {
  decide,
  decimal,
  epochMs,
  price,
  quantity,
  type Annotation,
  type Decision,
  type ExecutionMarket,
  type ExecutionParams,
  type ExecutionParent,
  type PlanVersion,
  type VolumeProfile,
} from '#domain';
import { accountMarket, childOrder, close, fill, marketOf, parentOrder, START, step } from './simulated-order.js';

export const at = (ms: number) => epochMs(START + ms);
export const find = <K extends Annotation['kind']>(decision: Decision, kind: K) =>
  decision.annotations.findLast((one): one is Extract<Annotation, { kind: K }> => one.kind === kind);
export const holds = (decision: Decision) =>
  decision.annotations.flatMap((one) => (one.kind === 'hold' ? [one.reason] : []));
export const HOUR = 3_600_000;

/** Twice as busy in the first half of each hour as in the second; a million base units a day. */
export const PROFILE: VolumeProfile = {
  id: 'halves',
  shares: Array.from({ length: 1_440 }, (_, minute) => (minute % 60 < 30 ? 2 : 1) / 2_160),
  meanDailyVolume: 1_000_000,
  bars: 14 * 1_440,
};

export interface Inputs extends Partial<Omit<ExecutionMarket, 'accounts'>> {
  readonly book?: Partial<ExecutionMarket['accounts'][number]>;
}

export function decideAt(parent: ExecutionParent, ms: number, { book = {}, ...inputs }: Inputs = {}): Decision {
  return decide(parent, marketOf([accountMarket(at(ms), book)], inputs), at(ms), parent.id);
}

/** The order after its first decision. */
export function begun(parent: ExecutionParent, inputs: Omit<Inputs, 'book'> = {}): ExecutionParent {
  return step(parent, marketOf([accountMarket(parent.activatedAt)], inputs), parent.activatedAt).after;
}

export const planOf = (decision: Decision): PlanVersion => {
  const plan = find(decision, 'plan')?.plan;
  if (plan === undefined) throw new Error('The decision made no plan');
  return plan;
};
/** What the order is made to have executed, in one closed child. */
export const executed = (qty: string, createdAt = START) => [
  close(
    fill(childOrder({ orderQty: quantity(qty), createdAt }), quantity(qty), price('100'), createdAt),
    'filled',
    '',
    createdAt,
  ),
];
export const order = (
  algorithm: ExecutionParent['algorithm'],
  params: Partial<ExecutionParams> = {},
  orderQty = '100',
) => parentOrder({ algorithm, orderQty: decimal(orderQty) }, { durationMs: HOUR, ...params });
/** The executed quantity below which a taker is wanted, found by asking. */
export function lowerEdge(parent: ExecutionParent, ms: number, inputs: Inputs = {}): number {
  let [below, above] = [0, 100];
  for (let i = 0; i < 18; i += 1) {
    const middle = (below + above) / 2;
    const with_ = { ...parent, children: executed(middle.toFixed(3)), nextSequence: 1, lastDecisionAt: at(ms) };
    const takes = decideAt(with_, ms, inputs).intents.some(
      (intent) => intent.kind === 'place' && intent.purpose === 'catch_up',
    );
    if (takes) below = middle;
    else above = middle;
  }
  return below;
}
