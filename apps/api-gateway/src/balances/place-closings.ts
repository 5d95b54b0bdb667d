import { randomBytes } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ParentOrderId } from '#domain';
import { OrderRefusal, type JsonObject } from '#order-intake';
import { OrderViewRepository, type TokenOwner } from '#persistence';
import { ApiError } from '../http/api-error.js';
import { KeyedRequests } from '../http/keyed-requests.js';
import { RequestDatabase } from '../http/request-database.js';
import { CreateOrder } from '../orders/create-order.js';
import { showOrderDetail, type OrderView } from '../orders/order-detail-view.js';

/** An order that shall close one asset or position. */
export interface ClosingOrder {
  /** By which a repeat of the request knows it. */
  readonly name: string;
  readonly accountName: string;
  /** As balances show it. */
  readonly symbol: string;
  /** What is asked for. @throws ApiError where nothing can be */
  readonly body: () => JsonObject;
}

/** `orders` that were placed, and `errors` for what was not (order-api.md 4.8). */
export type PlacedClosings = Readonly<Record<'orders' | 'errors', readonly OrderView[]>>;

const NOT_NOW = 'the service cannot answer at the moment, try again';
const NOT_TRIED = 'not tried, because an order before it failed';

/** Places closing orders, each in a transaction of its own and once for all repeats of a request with the same key. */
@Injectable()
export class PlaceClosings {
  private readonly logger = new Logger(PlaceClosings.name);

  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(KeyedRequests) private readonly requests: KeyedRequests,
    @Inject(CreateOrder) private readonly orders: CreateOrder,
  ) {}

  /**
   * What cannot be closed keeps nothing else from it. A failure of ours ends it: after an order it is told beside the
   * orders, and such an answer is not kept, so that a repeat places the rest.
   * @throws ApiError, DatabaseUnavailableError when no order is there yet
   */
  async all(caller: TokenOwner, closings: readonly ClosingOrder[]): Promise<PlacedClosings> {
    const orders: OrderView[] = [];
    const errors: OrderView[] = [];
    const done = await this.requests.partsDone();
    for (const id of done.values()) orders.push(await this.placed(caller, id));
    const open = closings.filter(({ name }) => !done.has(name));
    for (const [i, closing] of open.entries()) {
      try {
        orders.push(await this.place(caller, closing));
      } catch (error) {
        if (isAnswer(error)) {
          const message = error.code === 'below_minimum' ? "below the venue's minimum" : error.message;
          errors.push(failureOf(closing, message));
          continue;
        }
        if (orders.length === 0) throw error;
        this.logger.error(error);
        this.requests.doNotKeep();
        errors.push(failureOf(closing, error instanceof ApiError ? error.message : NOT_NOW));
        errors.push(...open.slice(i + 1).map((left) => failureOf(left, NOT_TRIED)));
        break;
      }
    }
    return { orders, errors };
  }

  private async place(caller: TokenOwner, { name, body }: ClosingOrder): Promise<OrderView> {
    const order = body();
    const part = await this.requests.part(
      name,
      () => this.orders.run({ caller, body: order, traceId: randomBytes(16).toString('hex') }),
      ({ id }) => String(id),
    );
    return part.isNew ? part.done : this.placed(caller, part.id);
  }

  private placed({ tenantId, userId }: TokenOwner, id: string): Promise<OrderView> {
    return this.db.inTenant(tenantId, async (tx) => {
      const found = await new OrderViewRepository(tx, userId).get(id as ParentOrderId);
      if (found === null) throw new Error('An order that was placed must be there');
      return showOrderDetail(found);
    });
  }
}

/** Said of the order itself, and not of the state that we are in. */
function isAnswer(error: unknown): error is ApiError | OrderRefusal {
  if (error instanceof OrderRefusal) return true;
  return error instanceof ApiError && error.code !== 'unavailable' && error.code !== 'internal';
}

function failureOf({ accountName, symbol }: ClosingOrder, message: string): OrderView {
  return { account_name: accountName, symbol, message };
}
