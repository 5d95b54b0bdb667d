import type { RestrictedTrade, TenantId } from '#domain';
import {
  AccountViewRepository,
  OrderIntakeRepository,
  type AcceptedOrder,
  type TokenOwner,
  type Tx,
  type VenueAccount,
} from '#persistence';
import type { JsonObject } from '../json/json-body.js';
import type { IntakeWorld } from '../intake-world.js';
import { OrderRefusal } from '../order-refusal.js';
import type { OrderRequest } from '../request/order-request.js';
import { readEcho, writeEcho } from '../admission/request-echo.js';
import { assertUnrestricted, type RestrictedOrder } from './check-restrictions.js';
import { refuseDenied, type Judgement } from './refuse-denied.js';
import { refuseIncapable } from './refuse-incapable.js';
import { refuseLeverage } from './refuse-leverage.js';
import { requirePositionSide } from './require-position-side.js';

/** RC-07: as alike as this within so many seconds is suspected of being a repeat. */
const TWIN_WITHIN_S = 10;

/**
 * What an order is held against. `all`: everything. `entry`, of a signal: as `all`, but never suspected of being a repeat
 * (RC-07). `exit`: it must never be lost, so no restriction, halt or control, no bound of open orders and no missing market
 * refuses it; it waits until it may leave.
 */
export type Checks = 'all' | 'entry' | 'exit';

/** An order as it was asked for, well-formed. */
export interface AskedOrder {
  readonly request: OrderRequest;
  readonly body: JsonObject;
  /** Where its fields stand in the whole body, `child_orders[1].`; '' for an order of its own. */
  readonly prefix: string;
  /** Where its `strategy_params` stand, if elsewhere: a leg has those of its multi order. */
  readonly paramsPrefix?: string;
  /** Where its accounts stand, if elsewhere: legs and their multi order have them under several names. */
  readonly accountsField?: string;
  /** What is to be stored together with it, as restrictions see it. */
  readonly beside?: readonly RestrictedTrade[];
}

/** One that fits its instruments. */
export interface AdmittedOrder extends AskedOrder {
  readonly order: AcceptedOrder;
}

/** An order as restrictions see it. */
export function asTrade(
  { record, legs }: AcceptedOrder,
  { accounts }: Pick<OrderRequest, 'accounts'>,
): RestrictedTrade {
  return {
    pair: record.pair,
    places: [...legs.map(({ venue }) => venue), ...accounts.map(({ exchange }) => exchange)],
    notional: record.quoteAmount,
  };
}

/**
 * The checks of order-api.md 3.6 that look beyond the instruments: keys, hedge mode, leverage, restrictions, halts and
 * controls, what venues cannot do; in the order of its table.
 * @returns the order, with the warnings of the soft controls
 * @throws OrderRefusal
 */
export async function checkAdmitted(
  tx: Tx,
  { tenantId, userId }: Pick<TokenOwner, 'tenantId' | 'userId'>,
  { request, order, prefix, paramsPrefix = prefix, accountsField = `${prefix}accounts`, beside = [] }: AdmittedOrder,
  world: IntakeWorld,
  checks: Checks,
): Promise<AcceptedOrder> {
  await refuseAccounts(tx, tenantId, { request, order, accountsField });
  await requirePositionSide(tx, tenantId, order, prefix);
  await refuseLeverage(tx, order, prefix);
  const trade = { tenantId, userId, ...asTrade(order, request), beside };
  const judged = checks === 'exit' ? null : await judge(tx, trade, order, world);
  refuseIncapable(order, world.venues, paramsPrefix);
  const maySuspect = checks === 'all' && prefix === '' && judged?.isStrict === true;
  const twin = maySuspect ? await suspectedTwin(tx, { tenantId, userId }, order) : [];
  return withWarnings(order, [...(judged?.warnings ?? []), ...twin]);
}

/** Restrictions, halts and controls. @throws OrderRefusal */
async function judge(
  tx: Tx,
  trade: RestrictedOrder,
  { record, legs }: AcceptedOrder,
  world: IntakeWorld,
): Promise<Judgement> {
  await assertUnrestricted(tx, trade);
  return refuseDenied(tx, trade.tenantId, { ...record, legs }, world);
}

/** Accounts that were put away since they were named, and those whose keys their venue refuses. */
async function refuseAccounts(
  tx: Tx,
  tenantId: TenantId,
  { request, order, accountsField }: Pick<AdmittedOrder, 'request' | 'order'> & { readonly accountsField: string },
): Promise<void> {
  const { accounts } = request;
  const views = new AccountViewRepository(tx, tenantId);
  const refuse = (account: VenueAccount | undefined, why: string): void => {
    if (account !== undefined) throw OrderRefusal.ofFields({ [accountsField]: [`account '${account.name}' ${why}`] });
  };
  const archived = await views.holdOpen(accounts.map(({ id }) => id));
  refuse(
    accounts.find(({ id }) => archived.includes(id)),
    'is archived',
  );
  const rejected = await views.rejected(order.record.accountIds);
  refuse(
    accounts.find(({ routes }) => routes.some(({ accountId }) => rejected.includes(accountId))),
    'has no valid credentials',
  );
}

/** RC-07 over these APIs warns and holds nothing. */
async function suspectedTwin(
  tx: Tx,
  { tenantId, userId }: Pick<TokenOwner, 'tenantId' | 'userId'>,
  order: AcceptedOrder,
): Promise<string[]> {
  const twin = await new OrderIntakeRepository(tx, tenantId, userId).twinOf(order.record, TWIN_WITHIN_S);
  return twin === null ? [] : [`order ${twin} of the last ${TWIN_WITHIN_S} s is the same: this may be a duplicate`];
}

function withWarnings(order: AcceptedOrder, warnings: readonly string[]): AcceptedOrder {
  if (warnings.length === 0) return order;
  const echo = readEcho(order.record.requestJson);
  const requestJson = writeEcho({ ...echo, warnings: [...echo.warnings, ...warnings] });
  return { ...order, record: { ...order.record, requestJson } };
}
