import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { takeOrder, toEpochMs, uuidV7 } from '#order-intake';
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

async function take({ tx, command, world, storesAs }: Intake): Promise<OrderView> {
  const { caller, body, traceId } = command;
  const { tenantId, userId } = caller;
  const order = { id: uuidV7(toEpochMs(world.now), randomBytes(10)), tenantId, userId, traceId };
  storesAs(order.id);
  const taken = await takeOrder(tx, { order, body, checks: 'all' }, world);
  if (!taken.ok) throw taken.error;
  if (taken.value === null) throw new Error(`Order ${order.id} must be new`);
  return showOrderDetail(taken.value.record);
}
