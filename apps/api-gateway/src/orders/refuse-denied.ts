import { checkWholeOrder, effectiveLimits, type Denial, type TenantId } from '#domain';
import { RiskRepository, type AcceptedOrder, type OrderLeg, type ScopedRiskLimits, type Tx } from '#persistence';
import { ApiError } from '../http/api-error.js';
import { refuseHalted } from './refuse-halted.js';
import { readEcho } from './request-echo.js';

/** What every simulated venue is called, see `venue-list.ts`: its accounts start by reporting only. */
const SIMULATED = 'MockExchange';
/** Quotes that are as good as the reporting currency; the value of others is left to the last gate. */
const AS_REPORTED: readonly string[] = ['USDT', 'USDC', 'USD'];

/**
 * Halts and the hard controls of reliability.md 5.1, held against an order before it is stored (order-api.md 3.6). It is
 * refused where no account of it may trade it; where one may, the others are stopped at the last gate.
 * @throws ApiError `risk_denied` with the control's code as `reason`
 */
export async function refuseDenied(tx: Tx, tenantId: TenantId, order: AcceptedOrder): Promise<void> {
  await refuseHalted(tx, order);
  const limits = await new RiskRepository(tx, tenantId).all();
  const { accounts } = readEcho(order.record.requestJson);
  const denials = order.legs.map((leg, i) => denialOf(order, leg, limits, accounts[i]?.exchange === SIMULATED));
  const [first] = denials;
  if (first !== null && first !== undefined && denials.every((denial) => denial !== null))
    throw new ApiError('risk_denied', first.text, { extra: { reason: first.code } });
}

function denialOf(
  { record }: AcceptedOrder,
  { accountId, venue, symbol }: OrderLeg,
  limits: readonly ScopedRiskLimits[],
  isSimulated: boolean,
): Denial | null {
  const rows = limits
    .filter((row) => row.accountId === null || row.accountId === accountId)
    .filter((row) => row.venue === null || (row.venue === venue && row.symbol === symbol))
    .map((row) => row.limits);
  const { side, baseAmount, quoteAmount, quote } = record;
  const notional = AS_REPORTED.includes(quote) ? quoteAmount : null;
  return checkWholeOrder(
    { symbol, side, baseQty: baseAmount, notional },
    effectiveLimits(rows, { isSimulated, venueMessagesPerSecond: null }),
  );
}
