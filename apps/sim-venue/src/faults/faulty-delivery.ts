import type { FaultBook, FaultSubject } from './fault-book.js';
import type { FaultOf, FaultRule } from './fault-rules.js';
import { crossed, isQuote, jumped } from './faulty-quotes.js';
import type { Timers } from './timers.js';

/** Where one message of a stream goes. */
export interface Outlet {
  /** The same object for all messages that travel in one order: a connection. */
  readonly connection: object;
  send(text: string): void;
  cut(): void;
  /** Ends the user stream that the message belongs to; its client may be told. Absent for market data. */
  readonly expire?: ((tell: boolean) => void) | undefined;
}

type Args = FaultOf<'stream'>['args'];
type ArgsOf<How extends Args['how']> = Extract<Args, { how: How }>;
type Message = Readonly<Record<string, unknown>>;

/** What faults left undone on one stream of one connection. */
interface Channel {
  /** Messages still to be lost. */
  losing: number;
  /** Messages that wait for `after` others to go out. */
  swapped: { send: () => void; after: number }[];
  /** Orders that are told when their first fill was, by order. */
  readonly acks: Map<string, () => void>;
}

/** Sends messages of streams under the fault rules in force. */
export class FaultyDelivery {
  readonly #channels = new WeakMap<object, Map<string, Channel>>();
  /** Messages in hand, which must get out by the same way even after their rule is gone. */
  #inHand = 0;

  constructor(
    private readonly book: FaultBook,
    private readonly timers: Timers,
  ) {}

  /** Whether messages may go out directly. */
  get isIdle(): boolean {
    return this.#inHand === 0 && this.book.isFree('stream');
  }

  /** @param text of `message` as it stands, in JSON */
  deliver(subject: FaultSubject, message: Message, text: string, outlet: Outlet): void {
    const channel = this.#channel(outlet, subject.route);
    if (channel.losing > 0) return this.#lose(channel);
    const rules = this.book
      .draw('stream', subject, (rule) => concerns(rule, message, outlet))
      .map((rule) => (rule as FaultOf<'stream'>).args);
    const fired = <How extends Args['how']>(how: How): ArgsOf<How> | undefined =>
      rules.find((args): args is ArgsOf<How> => args.how === how);

    if (fired('cut')) return outlet.cut();
    const stale = fired('stale_key');
    if (stale) return outlet.expire?.(stale.tell);
    if (fired('silence')) return;
    const lost = fired('drop') ?? fired('gap');
    if (lost) {
      this.#inHand += lost.count - 1;
      channel.losing = lost.count - 1;
      return;
    }
    const altered = this.#altered(message, fired('crossed'), fired('jump'));
    const out = altered === message ? text : JSON.stringify(altered);
    const copies = fired('duplicate') ? 2 : 1;
    const send = (): void => {
      for (let copy = 0; copy < copies; copy += 1) outlet.send(out);
    };

    const delay = fired('delay');
    if (delay) return this.timers.after(this.book.length(delay), send);
    const swap = fired('swap');
    if (swap) {
      this.#inHand += 1;
      channel.swapped.push({ send, after: swap.by });
      return;
    }
    const late = fired('fill_before_ack');
    if (late) return this.#holdAck(channel, orderOf(message), send, late.ms);
    send();
    this.#released(channel, message);
  }

  #altered(message: Message, cross: ArgsOf<'crossed'> | undefined, jump: ArgsOf<'jump'> | undefined): Message {
    const moved = jump === undefined ? message : jumped(message, jump.bps);
    return cross === undefined ? moved : crossed(moved);
  }

  #lose(channel: Channel): void {
    channel.losing -= 1;
    this.#inHand -= 1;
  }

  #holdAck(channel: Channel, order: string, send: () => void, ms: number): void {
    const tell = (): void => {
      if (channel.acks.get(order) !== tell) return;
      channel.acks.delete(order);
      this.#inHand -= 1;
      send();
    };
    channel.acks.set(order, tell);
    this.#inHand += 1;
    this.timers.after(ms, tell);
  }

  /** A message went out: others may have waited for it. */
  #released(channel: Channel, message: Message): void {
    if (executionOf(message) === 'TRADE') channel.acks.get(orderOf(message))?.();
    for (const waiting of channel.swapped) waiting.after -= 1;
    const due = channel.swapped.filter(({ after }) => after <= 0);
    channel.swapped = channel.swapped.filter(({ after }) => after > 0);
    this.#inHand -= due.length;
    for (const { send } of due) send();
  }

  #channel(outlet: Outlet, route: string): Channel {
    let channels = this.#channels.get(outlet.connection);
    if (channels === undefined) this.#channels.set(outlet.connection, (channels = new Map<string, Channel>()));
    let channel = channels.get(route);
    if (channel === undefined) channels.set(route, (channel = { losing: 0, swapped: [], acks: new Map() }));
    return channel;
  }
}

function concerns(rule: FaultRule, message: Message, outlet: Outlet): boolean {
  if (rule.fault !== 'stream') return false;
  switch (rule.args.how) {
    case 'gap':
      return message['e'] === 'depthUpdate';
    case 'crossed':
    case 'jump':
      return isQuote(message);
    case 'stale_key':
      return outlet.expire !== undefined;
    case 'fill_before_ack':
      return executionOf(message) === 'NEW';
    default:
      return true;
  }
}

/** Spot reports an order at the top of its event, USD-M in field `o`. */
function report(message: Message): Message | null {
  if (message['e'] === 'executionReport') return message;
  return message['e'] === 'ORDER_TRADE_UPDATE' ? (message['o'] as Message) : null;
}

function executionOf(message: Message): unknown {
  return report(message)?.['x'];
}

function orderOf(message: Message): string {
  const order = report(message);
  return `${String(order?.['s'])} ${String(order?.['i'])}`;
}
