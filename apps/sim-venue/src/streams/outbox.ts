import type { Customers } from '../accounts/customers.js';
import type { FaultSubject } from '../faults/fault-book.js';
import type { FaultyDelivery } from '../faults/faulty-delivery.js';
import type { ProductName } from '../floor/product.js';
import type { Connection } from './connection.js';
import type { StreamEvent } from './market-events.js';

/** Route of user events as faults name them, whatever connection they leave through. */
export const USER_ROUTE = 'userDataStream';

/** What a message is about, and which faults therefore meet it. */
export interface StreamSubject {
  /** Name of the stream, or {@link USER_ROUTE}. */
  readonly route: string;
  readonly symbol: string | null;
  /** Whose event it is; null for market data. */
  readonly accountId: number | null;
  readonly clientOrderId: string | null;
}

/** A connection that gets a message, and how the message is dressed for it. */
export interface Recipient {
  readonly connection: Connection;
  /** From the event's JSON to what this connection gets. */
  readonly frame: (text: string) => string;
  /** Ends the user stream that the message belongs to; its client may be told. Absent for market data. */
  readonly expire?: (tell: boolean) => void;
}

export interface OutboxOptions {
  readonly product: ProductName;
  readonly customers: Customers;
  readonly delivery: FaultyDelivery;
}

/** The one way by which events of streams leave the venue, so that faults have one place to meet them. */
export class Outbox {
  constructor(private readonly options: OutboxOptions) {}

  /** Sends one event, or one list of them, to all recipients; it is put into text once. */
  publish(subject: StreamSubject, event: StreamEvent | readonly StreamEvent[], recipients: Iterable<Recipient>): void {
    const text = JSON.stringify(event);
    const { delivery } = this.options;
    if (delivery.isIdle) for (const { connection, frame } of recipients) connection.send(frame(text));
    else
      for (const { connection, frame, expire } of recipients)
        delivery.deliver(this.#faultSubject(subject), event as StreamEvent, text, {
          connection,
          send: (sent) => connection.send(frame(sent)),
          cut: () => connection.cut(),
          expire,
        });
  }

  #faultSubject(subject: StreamSubject): FaultSubject {
    const { product, customers } = this.options;
    const owner = subject.accountId === null ? undefined : customers.byId.get(subject.accountId);
    return { ...subject, product, accountName: owner?.name ?? null };
  }
}
