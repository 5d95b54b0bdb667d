import {
  checkBasket,
  checkWholeOrder,
  concernOfWholeOrder,
  concernsOfBasket,
  effectiveLimits,
  type Decimal,
  type Denial,
  type RiskLimits,
  type Side,
  type TenantId,
  ZERO,
} from '#domain';
import { RiskRepository, type OrderLeg, type ScopedRiskLimits, type Tx } from '#persistence';
import { OrderRefusal } from '../order-refusal.js';
import type { World } from '../admission/admit-order.js';
import { readEcho } from '../admission/request-echo.js';
import { toEpochMs } from '../request/read-values.js';
import { reportingRate } from './reporting-rate.js';
import { refuseHalted } from './refuse-halted.js';

/** What every simulated venue is called: its accounts start by reporting only. */
const SIMULATED = 'MockExchange';

/** An order as the controls see it: a new one, or one as an amendment would make it. */
export interface JudgedOrder {
  readonly legs: readonly OrderLeg[];
  readonly requestJson: string;
  readonly side: Side;
  readonly quote: string;
  /** Null where no price tells it. */
  readonly baseAmount: Decimal | null;
  readonly quoteAmount: Decimal | null;
}

/** What the controls found, where they let an order pass. */
export interface Judgement {
  /** One of its accounts at least is held to its limits. */
  readonly isStrict: boolean;
  readonly warnings: readonly string[];
}

/**
 * Halts and the controls of reliability.md 5.1, held against an order before it is stored (order-api.md 3.6). It is
 * refused where no account of it may trade it; where one may, the others are stopped at the last gate. Soft controls warn.
 * @throws OrderRefusal `risk_denied` with the control's code as `reason`
 */
export async function refuseDenied(
  tx: Tx,
  tenantId: TenantId,
  order: JudgedOrder,
  world: Pick<World, 'instruments' | 'mids' | 'now'>,
): Promise<Judgement> {
  await refuseHalted(tx, order);
  const rows = await new RiskRepository(tx, tenantId).all();
  const whole = { baseQty: order.baseAmount, notional: reportedNotional(order, world) };
  const judged = limitsOfOrder(order, rows).map(({ leg, limits }) => {
    const denial = checkWholeOrder({ ...whole, symbol: leg.symbol, side: order.side }, limits);
    return { limits, denial, concern: concernOfWholeOrder(whole, limits) };
  });
  refuseIfAllDeny(judged.map(({ denial }) => denial));
  return {
    isStrict: judged.some(({ limits }) => limits.enforcement === 'strict'),
    warnings: [...new Set(judged.flatMap(({ concern }) => concern ?? []))],
  };
}

/**
 * RC-02 of orders that are taken in together, those included that wait: no gate sees them together again.
 * @returns what its soft half says @throws OrderRefusal `risk_denied`
 */
export async function refuseBasket(
  tx: Tx,
  tenantId: TenantId,
  orders: readonly JudgedOrder[],
  world: Pick<World, 'instruments' | 'mids' | 'now'>,
): Promise<string[]> {
  const rows = await new RiskRepository(tx, tenantId).all();
  const limits = orders.flatMap((order) => limitsOfOrder(order, rows)).map((one) => one.limits);
  const notionals = orders.map((order) => reportedNotional(order, world));
  const known = notionals.flatMap((notional) => notional ?? []);
  const total = known.reduce<Decimal>((sum, notional) => sum.add(notional), ZERO);
  const denial = checkBasket(known.length < notionals.length ? null : total, limits);
  if (denial !== null) throw deniedBy(denial);
  return concernsOfBasket(total, limits);
}

/** In the reporting currency; null where no price tells it. */
function reportedNotional(
  { quote, quoteAmount }: JudgedOrder,
  world: Pick<World, 'instruments' | 'mids' | 'now'>,
): Decimal | null {
  const rate = reportingRate(quote, world, toEpochMs(world.now));
  return rate === null ? null : (quoteAmount?.mul(rate) ?? null);
}

function deniedBy({ code, text }: Denial): OrderRefusal {
  return new OrderRefusal('risk_denied', text, { extra: { reason: code } });
}

function refuseIfAllDeny(denials: readonly (Denial | null)[]): void {
  const [first] = denials;
  if (first !== null && first !== undefined && denials.every((denial) => denial !== null)) throw deniedBy(first);
}

/** What each account of an order is held against. */
function limitsOfOrder(
  { legs, requestJson }: JudgedOrder,
  rows: readonly ScopedRiskLimits[],
): { readonly leg: OrderLeg; readonly limits: RiskLimits }[] {
  const { accounts } = readEcho(requestJson);
  return legs.map((leg, i) => ({ leg, limits: limitsOf(leg, rows, accounts[i]?.exchange === SIMULATED) }));
}

function limitsOf(
  { accountId, venue, symbol }: OrderLeg,
  rows: readonly ScopedRiskLimits[],
  isSimulated: boolean,
): RiskLimits {
  const applying = rows
    .filter((row) => row.accountId === null || row.accountId === accountId)
    .filter((row) => row.venue === null || (row.venue === venue && row.symbol === symbol))
    .map((row) => row.limits);
  return effectiveLimits(applying, { isSimulated, venueMessagesPerSecond: null });
}
