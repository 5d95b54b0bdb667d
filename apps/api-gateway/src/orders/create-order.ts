import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { EXECUTION_SETTINGS } from '#domain';
import { OrderViewRepository, type OrderIntakeRepository } from '#persistence';
import { ApiError } from '../http/api-error.js';
import type { JsonObject } from '../http/json-body.js';
import { admitOrder, type AdmissionRefusal } from './admit-order.js';
import { checkAdmitted } from './check-admitted.js';
import { estimateMs } from './estimate-duration.js';
import { assertRoom, IntakeTransaction, type CreateOrderCommand, type Intake } from './intake-transaction.js';
import { showOrderDetail, type OrderView } from './order-detail-view.js';
import { sizeFieldOf } from './order-fields.js';
import { parseOrderRequest } from './parse-order-request.js';
import { toEpochMs } from './read-values.js';
import { uuidV7 } from './uuid-v7.js';

/** Takes an order in. */
@Injectable()
export class CreateOrder {
  constructor(@Inject(IntakeTransaction) private readonly intake: IntakeTransaction) {}

  /** @throws ApiError, DatabaseUnavailableError */
  run(command: CreateOrderCommand): Promise<OrderView> {
    return this.intake.run(command, {
      take,
      find: async (tx, { userId }, id) => {
        const found = await new OrderViewRepository(tx, userId).get(id);
        return found === null ? null : showOrderDetail(found);
      },
    });
  }
}

async function take({ tx, command, repository, world, context, storesAs }: Intake): Promise<OrderView> {
  const { caller, body, traceId } = command;
  const { tenantId, userId } = caller;
  const request = parseOrderRequest(body, context);
  if (!request.ok) throw ApiError.ofFields(request.error);
  const nowMs = toEpochMs(world.now);
  const identity = { id: uuidV7(nowMs, randomBytes(10)), tenantId, userId, traceId };
  const admitted = admitOrder(request.value, { ...identity, settingsVersion: EXECUTION_SETTINGS.version }, world);
  if (!admitted.ok) throw refusalOf(admitted.error, body);
  const member = {
    request: request.value,
    order: admitted.value,
    prefix: '',
    paramsPrefix: '',
    accountsField: 'accounts',
  };
  const checked = await checkAdmitted(tx, caller, member, world);
  await assertRoom(repository, 1, request.value.condition !== null);
  const estimatedMs = await estimateMs(tx, { ...checked.record, ...checked }, nowMs);
  const order = { ...checked, record: { ...checked.record, estimatedMs } };
  storesAs(identity.id);
  await claimCustomId(repository, order.record.customOrderId, identity.id);
  await repository.add(order);
  return showOrderDetail(order.record);
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
