import { Inject, Injectable } from '@nestjs/common';
import { assertRoom, claimCustomId, readEcho } from '#order-intake';
import {
  GroupIntakeRepository,
  type AcceptedOrder,
  type ChainRecord,
  type EpochMicros,
  type OrderRecord,
} from '#persistence';
import { ApiError } from '../http/api-error.js';
import { IntakeTransaction, type CreateOrderCommand, type Intake } from '../orders/intake-transaction.js';
import { showOrderDetail, type OrderView } from '../orders/order-detail-view.js';
import { admitMembers, newGroupId } from './admit-member.js';
import { parseChainRequest, type ChainMemberRequest } from './chain-request.js';
import { showChain } from './chain-view.js';
import { readChain } from './read-groups.js';

/** Takes a chain in: its row, its members, and what wakes those of the first priority. */
@Injectable()
export class CreateChain {
  constructor(@Inject(IntakeTransaction) private readonly intake: IntakeTransaction) {}

  /** @throws ApiError, OrderRefusal, DatabaseUnavailableError */
  run(command: CreateOrderCommand): Promise<OrderView> {
    return this.intake.run(command, {
      take,
      find: async (tx, caller, id, { warnings }) => {
        const found = await readChain(tx, caller, id);
        return found === null ? null : { ...showChain(found.record, found.orders, showOrderDetail), warnings };
      },
    });
  }
}

async function take({ tx, command, repository, world, context, storesAs }: Intake): Promise<OrderView> {
  const { caller, body, traceId } = command;
  const { tenantId, userId } = caller;
  const parsed = parseChainRequest(body, context);
  if (!parsed.ok) throw ApiError.ofFields(parsed.error);
  const { members, warnings } = parsed.value;
  const id = newGroupId(world);
  const firstPriority = Math.min(...members.map(({ priority }) => priority));
  const waits = (member: ChainMemberRequest): boolean => member.priority > firstPriority;
  const asked = members.map((member) => ({
    request: waits(member) ? startingLater(member, world.now) : member.order,
    body: member.body,
    prefix: member.prefix,
  }));
  const admitted = await admitMembers(tx, caller, asked, world, traceId);
  const orders = members.flatMap((member, index) => {
    const order = admitted.members[index];
    return order === undefined ? [] : asMember(order, { id, priority: member.priority }, waits(member), world.now);
  });
  await assertRoom(repository, orders.length, false);
  storesAs(id);
  const memberIds = orders.map(({ record }) => record.id);
  for (const [index, { record }] of orders.entries())
    await claimCustomId(repository, record.customOrderId, record.id, `${members[index]?.prefix ?? ''}custom_order_id`);
  const groups = new GroupIntakeRepository(tx, tenantId, userId);
  await groups.addChain({ id, memberIds, firstPriority, createdAt: world.now, traceId });
  for (const order of orders) await repository.add(order);
  const record: ChainRecord = {
    id,
    userId,
    memberIds,
    currentPriority: firstPriority,
    status: 'ACTIVE',
    failureReason: '',
    createdAt: world.now,
    updatedAt: world.now,
    priorities: new Map(orders.map((order, index) => [order.record.id, members[index]?.priority ?? firstPriority])),
  };
  const shown = orders.map((order) => order.record);
  return {
    ...showChain(record, shown, showOrderDetail),
    warnings: [...warnings, ...warningsOf(shown), ...admitted.warnings],
  };
}

/** What was found in each member, and when it was admitted, named by its place. */
function warningsOf(members: readonly OrderRecord[]): string[] {
  return members.flatMap(({ requestJson }, index) =>
    readEcho(requestJson).warnings.map((text) => `orders_in_chain[${index}]: ${text}`),
  );
}

/** A member that waits is checked against the market at its turn; now only what is known already must be right. */
function startingLater({ order }: ChainMemberRequest, now: EpochMicros): ChainMemberRequest['order'] {
  return { ...order, startAt: (now + 1) as EpochMicros };
}

function asMember(
  order: AcceptedOrder,
  chain: { readonly id: string; readonly priority: number },
  waits: boolean,
  now: EpochMicros,
): AcceptedOrder {
  return {
    ...order,
    record: { ...order.record, startAt: now, chainId: chain.id },
    group: { multiOrderId: null, chain, waits },
  };
}
