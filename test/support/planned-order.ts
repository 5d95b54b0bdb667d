import {
  addMs,
  decide,
  decimal,
  quantity,
  toDecimalString,
  type AccountMarket,
  type Annotation,
  type Decision,
  type EpochMs,
  type ExecutionChild,
  type ExecutionParams,
  type ExecutionParent,
  type Intent,
  type Notional,
  type PlanVersion,
} from '#domain';
import { childOrder, close, market, marketOf, parentOrder, START } from './simulated-order.js';

/** Seconds after the activation. */
export const at = (seconds: number): EpochMs => addMs(START, seconds * 1_000);

export const decideAt = (parent: ExecutionParent, seconds: number, change: Partial<AccountMarket> = {}): Decision =>
  decide(parent, market(at(seconds), change), at(seconds), parent.id);

/** The same with several accounts, on all of which the order may trade. */
export const decideOn = (parent: ExecutionParent, seconds: number, accounts: readonly AccountMarket[]): Decision =>
  decide(
    { ...parent, accounts: accounts.map(({ accountId }) => accountId) },
    marketOf(accounts),
    at(seconds),
    parent.id,
  );

export const PLAN: PlanVersion = {
  version: 1,
  u0: 0,
  x0: decimal('0'),
  orderQty: decimal('100'),
  durationMs: 100_000,
  shape: { kind: 'even' },
  reason: 'activated',
  createdAt: START,
};

/** An order of 100 over 100 s, planned, with `executed` filled by one closed clip, last decided a moment ago. */
export function under(
  executed: string,
  seconds: number,
  change: Parameters<typeof parentOrder>[0] = {},
  params: Partial<ExecutionParams> = {},
): ExecutionParent {
  return parentOrder(
    {
      orderQty: decimal('100'),
      plans: [PLAN],
      children: executed === '0' ? [] : [filled(0, executed)],
      nextSequence: 1,
      lastDecisionAt: at(seconds - 1),
      ...change,
    },
    { durationMs: 100_000, ...params },
  );
}

export function filled(sequence: number, qty: string): ExecutionChild {
  const cumQty = quantity(qty);
  const cumNotional = cumQty.mul('99.99') as Notional;
  return close(childOrder({ sequence, orderQty: cumQty, cumQty, cumNotional }), 'filled', '', START);
}

export const kinds = (decision: Decision): string[] => decision.annotations.map(({ kind }) => kind);

export const find = <Kind extends Annotation['kind']>({ annotations }: Decision, kind: Kind) =>
  annotations.find((one): one is Extract<Annotation, { kind: Kind }> => one.kind === kind);

export const holds = (decision: Decision): string[] =>
  decision.annotations.flatMap((one) => (one.kind === 'hold' ? [one.reason] : []));

/** `clip gtx 2.5 at 99.99`, `cancel 1 re_peg` (`!` when necessary), `amend 1 to 2 at 99.98`. */
export const briefs = ({ intents }: Decision): string[] => intents.map(brief);

function brief(intent: Intent): string {
  if (intent.kind === 'cancel') return `cancel ${intent.sequence} ${intent.reason}${intent.necessary ? '!' : ''}`;
  const size = `${toDecimalString(intent.orderQty)} at ${toDecimalString(intent.price)}`;
  if (intent.kind === 'amend') return `amend ${intent.sequence} to ${size}`;
  return `${intent.purpose} ${intent.timeInForce} ${size}`;
}
