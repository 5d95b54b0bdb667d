import { Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { OPEN_STATUSES, type ParentOrderId } from '#domain';
import type { JsonObject } from '#order-intake';
import type { TokenOwner } from '#persistence';
import { ChangeGroups } from '../groups/change-groups.js';
import { Access, Caller } from '../auth/access.js';
import { RunsApart } from '../http/idempotent-posts.js';
import { JsonBody, OptionalJsonBody } from '../http/request-body.js';
import { AmendOrder } from './amend-order.js';
import { BulkOrders, readIds, type BulkAnswer, type BulkChange } from './bulk-orders.js';
import { CancelOrder } from './cancel-order.js';
import type { OrderView } from './order-detail-view.js';
import { PauseOrders } from './pause-orders.js';
import { readOrderId } from './read-orders.js';

/** The order API's routes that amend, pause, resume and cancel, one order or many (order-api.md 2, 5.2). */
@Controller('api')
export class OrderLifeController {
  constructor(
    @Inject(PauseOrders) private readonly pauses: PauseOrders,
    @Inject(CancelOrder) private readonly cancels: CancelOrder,
    @Inject(AmendOrder) private readonly amends: AmendOrder,
    @Inject(BulkOrders) private readonly bulk: BulkOrders,
    @Inject(ChangeGroups) private readonly groups: ChangeGroups,
  ) {}

  @Post('amend_order')
  @HttpCode(200)
  @Access('trade', 'writes')
  amend(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<OrderView> {
    return this.amends.run(caller, body);
  }

  @Post('pause_order')
  @HttpCode(200)
  @Access('cancel', 'cancels')
  @RunsApart()
  pause(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<OrderView | BulkAnswer> {
    return this.oneOrMany(body, 'paused', this.pausing(caller));
  }

  @Post('resume_order')
  @HttpCode(200)
  @Access('trade', 'writes')
  @RunsApart()
  resume(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<OrderView | BulkAnswer> {
    return this.oneOrMany(body, 'resumed', this.resuming(caller));
  }

  @Post('pause_all_orders')
  @HttpCode(200)
  @Access('cancel', 'cancels')
  @RunsApart()
  async pauseAll(@Caller() caller: TokenOwner, @OptionalJsonBody() body: JsonObject): Promise<BulkAnswer> {
    const { orders, multis } = await this.bulk.chosen(
      caller,
      body,
      ['SCHEDULED', 'ACTIVE', 'FINISHER'],
      ['SUBMITTED', 'ACTIVE'],
    );
    return this.bulk.run(
      'paused',
      { ids: multis, change: (id) => this.groups.pauseMulti(caller, id) },
      { ids: orders, ...this.pausing(caller) },
    );
  }

  @Post('resume_all_orders')
  @HttpCode(200)
  @Access('trade', 'writes')
  @RunsApart()
  async resumeAll(@Caller() caller: TokenOwner, @OptionalJsonBody() body: JsonObject): Promise<BulkAnswer> {
    const { orders, multis } = await this.bulk.chosen(caller, body, ['PAUSED'], ['PAUSED']);
    return this.bulk.run(
      'resumed',
      { ids: multis, change: (id) => this.groups.resumeMulti(caller, id) },
      { ids: orders, ...this.resuming(caller) },
    );
  }

  @Post('cancel_all_orders')
  @HttpCode(200)
  @Access('cancel', 'cancels')
  @RunsApart()
  async cancelAll(@Caller() caller: TokenOwner, @OptionalJsonBody() body: JsonObject): Promise<BulkAnswer> {
    const { orders, multis } = await this.bulk.chosen(caller, body, OPEN_STATUSES, ['SUBMITTED', 'ACTIVE', 'PAUSED']);
    return this.bulk.run(
      'canceled',
      { ids: multis, change: (id) => this.groups.cancelMulti(caller, id) },
      {
        ids: orders,
        change: (id) => this.cancels.run(caller, id),
        together: (ids) => this.cancels.together(caller, ids),
      },
    );
  }

  private pausing(caller: TokenOwner): OrderChange {
    return {
      change: (id) => this.pauses.pause(caller, id),
      together: (ids) => this.pauses.pauseTogether(caller, ids),
    };
  }

  private resuming(caller: TokenOwner): OrderChange {
    return {
      change: (id) => this.pauses.resume(caller, id),
      together: (ids) => this.pauses.resumeTogether(caller, ids),
    };
  }

  private oneOrMany(body: JsonObject, done: string, change: OrderChange): Promise<OrderView | BulkAnswer> {
    const ids = readIds(body);
    return 'one' in ids ? change.change(readOrderId(ids.one)) : this.bulk.run(done, { ids: ids.many, ...change });
  }
}

interface OrderChange extends Omit<BulkChange, 'ids'> {
  readonly change: (id: ParentOrderId) => Promise<OrderView>;
}
