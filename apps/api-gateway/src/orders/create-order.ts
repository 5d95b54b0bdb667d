import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { EXECUTION_SETTINGS, type ParentOrderId } from '#domain';
import {
  DatabaseUnavailableError,
  OrderIntakeRepository,
  OrderViewRepository,
  type AcceptedOrder,
  type TokenOwner,
  type Tx,
} from '#persistence';
import { VENUE_LIST, type ListedVenue } from '../credentials/venue-list.js';
import { AccountDirectory } from '../accounts/account-directory.js';
import { ApiError } from '../http/api-error.js';
import type { JsonObject } from '../http/json-body.js';
import { RequestDatabase } from '../http/request-database.js';
import { InstrumentDirectory } from '../market/instrument-directory.js';
import { MID_PRICES, type MidPrices } from '../market/mid-prices.js';
import { admitOrder, type AdmissionRefusal, type World } from './admit-order.js';
import { checkAdmitted } from './check-admitted.js';
import { estimateMs } from './estimate-duration.js';
import { showOrderDetail, type OrderView } from './order-detail-view.js';
import { sizeFieldOf } from './order-fields.js';
import { findAfterLostReply } from './lost-reply.js';
import { parseOrderRequest } from './parse-order-request.js';
import { priceSources } from './price-sources.js';
import { toEpochMs } from './read-values.js';
import { uuidV7 } from './uuid-v7.js';

/** Orders of one user that have not ended (order-api.md 9). */
export const MAX_OPEN_ORDERS = 500;
/** Of one user, orders and multi orders together. */
export const MAX_HELD_CONDITIONS = 200;

export interface CreateOrderCommand {
  readonly caller: TokenOwner;
  readonly body: JsonObject;
  /** 32 hex digits that follow the order through every job and log line. */
  readonly traceId: string;
}

/** Takes an order in: checks, row, history, due work and job in one transaction, or nothing of it. */
@Injectable()
export class CreateOrder {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(AccountDirectory) private readonly accounts: AccountDirectory,
    @Inject(InstrumentDirectory) private readonly instruments: InstrumentDirectory,
    @Inject(MID_PRICES) private readonly mids: MidPrices,
    @Inject(VENUE_LIST) private readonly venues: readonly ListedVenue[],
  ) {}

  /** @throws ApiError, DatabaseUnavailableError */
  async run(command: CreateOrderCommand): Promise<OrderView> {
    const { tenantId } = command.caller;
    const instruments = await this.instruments.all();
    let tried: ParentOrderId | undefined;
    try {
      return await this.db.inTenant(tenantId, (tx) =>
        this.inTransaction(tx, command, { instruments, mids: this.mids }, (id) => (tried = id)),
      );
    } catch (error) {
      // With a key the commit is the whole request's, and looked up by the key.
      if (!(error instanceof DatabaseUnavailableError) || tried === undefined || this.db.isInOneTransaction())
        throw error;
      return this.afterLostReply(command, tried, error);
    }
  }

  private async inTransaction(
    tx: Tx,
    command: CreateOrderCommand,
    world: Omit<World, 'now'>,
    onId: (id: ParentOrderId) => void,
  ): Promise<OrderView> {
    const { tenantId, userId } = command.caller;
    const intake = new OrderIntakeRepository(tx, tenantId, userId);
    const now = await intake.begin();
    const accounts = await this.accounts.reachable(tx, command.caller);
    const venues = [...accounts, ...this.venues.map(({ id, exchange }) => ({ venue: id, exchange }))];
    const prices = priceSources(world.instruments, venues);
    const request = parseOrderRequest(command.body, { now, accounts, prices });
    if (!request.ok) throw ApiError.ofFields(request.error);
    const id = uuidV7(toEpochMs(now), randomBytes(10));
    const admitted = admitOrder(
      request.value,
      { id, tenantId, userId, traceId: command.traceId, settingsVersion: EXECUTION_SETTINGS.version },
      { ...world, now },
    );
    if (!admitted.ok) throw refusalOf(admitted.error, command.body);
    const checked = await checkAdmitted(
      tx,
      command.caller,
      { request: request.value, order: admitted.value, prefix: '', paramsPrefix: '' },
      { ...world, now, venues: this.venues },
    );
    if ((await intake.openCount()) >= MAX_OPEN_ORDERS)
      throw ApiError.retryLater('too_many_orders', `at most ${MAX_OPEN_ORDERS} orders may be open at a time`, 60);

    if (request.value.condition !== null && (await intake.heldCount()) >= MAX_HELD_CONDITIONS)
      throw ApiError.retryLater('too_many_orders', `at most ${MAX_HELD_CONDITIONS} conditions may hold orders`, 60);
    const estimatedMs = await estimateMs(tx, { ...checked.record, ...checked }, toEpochMs(now));
    const order = { ...checked, record: { ...checked.record, estimatedMs } };
    onId(id);
    await this.store(intake, order);
    return showOrderDetail(order.record);
  }

  private async store(intake: OrderIntakeRepository, order: AcceptedOrder): Promise<void> {
    await claimCustomId(intake, order.record.customOrderId, order.record.id);
    await intake.add(order);
  }

  private afterLostReply(
    { caller }: CreateOrderCommand,
    id: ParentOrderId,
    error: DatabaseUnavailableError,
  ): Promise<OrderView> {
    return findAfterLostReply(this.db, caller, error, async (tx) => {
      const found = await new OrderViewRepository(tx, caller.userId).get(id);
      return found === null ? null : showOrderDetail(found);
    });
  }
}

/** Takes the id for this order, multi order or member, once and for ever. @param field as the request calls it @throws ApiError */
export async function claimCustomId(
  intake: OrderIntakeRepository,
  customOrderId: string,
  id: string,
  field = 'custom_order_id',
): Promise<void> {
  const holder = customOrderId === '' ? null : await intake.takeCustomId(customOrderId, id);
  if (holder === null) return;
  const text = `custom_order_id '${customOrderId}' is already used`;
  throw new ApiError('duplicate_custom_order_id', text, { errors: { [field]: [text] }, extra: { order_id: holder } });
}

/** Names the field at fault wherever there is one, so that a form can show the text beside it. */
export function refusalOf(refusal: AdmissionRefusal, body: JsonObject, prefix = ''): ApiError {
  const { code, text } = refusal;
  switch (code) {
    case 'invalid':
      return ApiError.ofFields({ [`${prefix}${refusal.field}`]: [text] });
    case 'too_large':
      return ApiError.ofFields({ [`${prefix}${sizeFieldOf(body)}`]: [`${sizeFieldOf(body)} ${text}`] });
    case 'no_market_data':
      return ApiError.retryLater(code, text, 1);
    case 'pair_not_available':
      return new ApiError(code, text, { errors: { [`${prefix}pair`]: [text] } });
    case 'below_minimum':
      return new ApiError(code, text, { errors: { [`${prefix}${sizeFieldOf(body)}`]: [text] } });
  }
}
