import {
  epochMs,
  price,
  type AccountId,
  type Algorithm,
  type Decimal,
  type EpochMs,
  type ExecutionChild,
  type Notional,
  type Quantity,
} from '#domain';

/** The newest child orders are read whatever came of them: refusals running are counted on them. */
export const NEWEST_READ = 50;
/** Of older ones those with fills are read, so many and so many more for each account: takers of one interval among them. */
const FILLED_READ = 64;
const FILLED_READ_PER_ACCOUNT = 16;

/** These have few children, and rules that count them all. */
const WITHOUT_PLAN: readonly Algorithm[] = ['limit', 'market', 'ioc', 'iceberg'];

interface Settled {
  readonly algorithm: Algorithm;
  readonly account_ids: readonly string[];
  readonly activated_at: Date | null;
  readonly read_from: number;
}

/**
 * The first child order that the next decision must see: all before it are closed, and older than any rule looks back. An
 * order of days has hundreds of thousands of children; what those before came to is in the order's own sums.
 */
export function firstToRead(
  order: {
    readonly algorithm: Algorithm;
    readonly children: readonly ExecutionChild[];
    readonly accountIds: readonly AccountId[];
  },
  nextSequence: number,
): number {
  if (WITHOUT_PLAN.includes(order.algorithm)) return 0;
  const filled = order.children.filter(({ status, cumQty }) => status === 'closed' && !cumQty.isZero());
  const kept = filled.slice(-(FILLED_READ + FILLED_READ_PER_ACCOUNT * order.accountIds.length));
  const open = order.children.find(({ status }) => status !== 'closed');
  return Math.max(
    0,
    Math.min(kept[0]?.sequence ?? nextSequence, open?.sequence ?? nextSequence, nextSequence - NEWEST_READ),
  );
}

/** Those that were read, behind one that stands for all before them: closed, with their fills. */
export function withSettled(
  children: readonly ExecutionChild[],
  order: Settled,
  totals: { readonly qty: Quantity; readonly notional: Notional },
): readonly ExecutionChild[] {
  if (order.read_from === 0) return children;
  let [qty, value]: [Decimal, Decimal] = [totals.qty, totals.notional];
  for (const child of children) [qty, value] = [qty.sub(child.cumQty), value.sub(child.cumNotional)];
  const [cumQty, cumNotional] = [qty as Quantity, value as Notional];
  const since: EpochMs = epochMs(order.activated_at?.getTime() ?? 0);
  const settled: ExecutionChild = {
    sequence: order.read_from - 1,
    accountId: order.account_ids[0] as AccountId,
    purpose: 'clip',
    timeInForce: 'gtx',
    price: price('1'),
    orderQty: cumQty,
    cumQty,
    cumNotional,
    status: 'closed',
    closeReason: 'filled',
    closeCode: '',
    cancelRequestedAt: null,
    createdAt: since,
    closedAt: since,
    reduceOnly: false,
    amending: null,
    amendedAt: null,
  };
  return [settled, ...children];
}
