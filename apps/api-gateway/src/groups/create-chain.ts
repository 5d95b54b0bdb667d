import { Inject, Injectable } from '@nestjs/common';
import {
  DatabaseUnavailableError,
  GroupIntakeRepository,
  OrderIntakeRepository,
  type AcceptedOrder,
  type ChainRecord,
  type EpochMicros,
  type Tx,
} from '#persistence';
import { AccountDirectory } from '../accounts/account-directory.js';
import { VENUE_LIST, type ListedVenue } from '../credentials/venue-list.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { InstrumentDirectory } from '../market/instrument-directory.js';
import { MID_PRICES, type MidPrices } from '../market/mid-prices.js';
import type { World } from '../orders/admit-order.js';
import { claimCustomId, MAX_OPEN_ORDERS, type CreateOrderCommand } from '../orders/create-order.js';
import { findAfterLostReply } from '../orders/lost-reply.js';
import { showOrderDetail, type OrderView } from '../orders/order-detail-view.js';
import { admitMembers, newGroupId, parseContextOf } from './admit-member.js';
import { parseChainRequest, type ChainMemberRequest } from './chain-request.js';
import { showChain } from './chain-view.js';
import { readChain } from './read-groups.js';

/** Takes a chain in: its row, its members, and what wakes those of the first priority, in one transaction. */
@Injectable()
export class CreateChain {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(InstrumentDirectory) private readonly instruments: InstrumentDirectory,
    @Inject(MID_PRICES) private readonly mids: MidPrices,
    @Inject(VENUE_LIST) private readonly venues: readonly ListedVenue[],
    @Inject(AccountDirectory) private readonly accounts: AccountDirectory,
  ) {}

  /** @throws ApiError, DatabaseUnavailableError */
  async run(command: CreateOrderCommand): Promise<OrderView> {
    const { caller } = command;
    const instruments = await this.instruments.all();
    let tried: string | undefined;
    try {
      return await this.db.inTenant(caller.tenantId, (tx) =>
        this.inTransaction(tx, command, { instruments, mids: this.mids }, (id) => (tried = id)),
      );
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError) || tried === undefined || this.db.isInOneTransaction())
        throw error;
      const id = tried;
      return findAfterLostReply(this.db, caller, error, async (tx) => {
        const found = await readChain(tx, caller, id);
        return found === null ? null : { ...showChain(found.record, found.orders, showOrderDetail), warnings: [] };
      });
    }
  }

  private async inTransaction(
    tx: Tx,
    { caller, body, traceId }: CreateOrderCommand,
    directory: Omit<World, 'now'>,
    onId: (id: string) => void,
  ): Promise<OrderView> {
    const { tenantId, userId } = caller;
    const intake = new OrderIntakeRepository(tx, tenantId, userId);
    const world: World = { ...directory, now: await intake.begin() };
    const context = parseContextOf(await this.accounts.reachable(tx, caller), world, this.venues);
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
    const admitted = await admitMembers(tx, caller, asked, { ...world, venues: this.venues }, traceId);
    const orders = members.flatMap((member, index) => {
      const order = admitted[index];
      return order === undefined ? [] : asMember(order, { id, priority: member.priority }, waits(member), world.now);
    });
    if ((await intake.openCount()) + orders.length > MAX_OPEN_ORDERS)
      throw ApiError.retryLater('too_many_orders', `at most ${MAX_OPEN_ORDERS} orders may be open at a time`, 60);

    onId(id);
    const memberIds = orders.map(({ record }) => record.id);
    for (const [index, { record }] of orders.entries())
      await claimCustomId(intake, record.customOrderId, record.id, `${members[index]?.prefix ?? ''}custom_order_id`);
    const groups = new GroupIntakeRepository(tx, tenantId, userId);
    await groups.addChain({ id, memberIds, firstPriority, createdAt: world.now, traceId });
    for (const order of orders) await intake.add(order);
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
    return { ...showChain(record, shown, showOrderDetail), warnings };
  }
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
