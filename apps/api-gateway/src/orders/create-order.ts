import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  acceptOrder,
  assertRoom,
  claimCustomId,
  OrderRefusal,
  parseOrderRequest,
  toEpochMs,
  uuidV7,
} from '#order-intake';
import { OrderViewRepository } from '#persistence';
import { IntakeTransaction, type CreateOrderCommand, type Intake } from './intake-transaction.js';
import { showOrderDetail, type OrderView } from './order-detail-view.js';

/** Takes an order in. */
@Injectable()
export class CreateOrder {
  constructor(@Inject(IntakeTransaction) private readonly intake: IntakeTransaction) {}

  /** @throws OrderRefusal, DatabaseUnavailableError */
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
  if (!request.ok) throw OrderRefusal.ofFields(request.error);
  const identity = { id: uuidV7(toEpochMs(world.now), randomBytes(10)), tenantId, userId, traceId };
  const order = await acceptOrder(tx, { request: request.value, body, prefix: '' }, identity, world);
  await assertRoom(repository, 1, request.value.condition !== null);
  storesAs(identity.id);
  await claimCustomId(repository, order.record.customOrderId, identity.id);
  await repository.add(order);
  return showOrderDetail(order.record);
}
