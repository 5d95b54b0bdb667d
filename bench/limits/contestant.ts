import { spreadOf, type Spread } from '../pipeline/statistics.js';

/** What the exchange says of a stretch of time, and how long cancels took to get there. */
export interface Standing {
  readonly name: string;
  readonly seconds: number;
  readonly placed: number;
  /** Accepted orders as a share of what the exchange's limit on orders allows in that time. */
  readonly use: number;
  /** Answers 429 (of these -1015: too many orders) and 418, as the exchange counted them. */
  readonly refused: number;
  readonly tooManyOrders: number;
  readonly banned: number;
  readonly cancels: Spread;
}

export type Control = <T>(method: string, path: string) => Promise<T>;

export function controlOf(controlUrl: string): Control {
  return async <T>(method: string, path: string): Promise<T> => {
    const reply = await fetch(`${controlUrl}/control/${path}`, { method });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path} must succeed, was ${reply.status}: ${text}`);
    return JSON.parse(text) as T;
  };
}

export interface LedgerOrder {
  readonly clientOrderId: string;
  readonly status: string;
  readonly acceptedAt: number;
  readonly updateTime: number;
}

type Answers = Readonly<Record<string, number>>;

/** Watches one exchange over a stretch of time. */
export class Observation {
  private readonly startedAt = Date.now();

  private constructor(
    private readonly control: Control,
    private readonly before: Answers,
    private readonly ordersPer10Seconds: number,
  ) {}

  static async begin(control: Control): Promise<Observation> {
    const { ordersPer10Seconds } = await control<{ ordersPer10Seconds: number }>('GET', 'limits');
    return new Observation(control, await control<Answers>('GET', 'answers'), ordersPer10Seconds);
  }

  /** @param cancelMs how long each cancel took, given the orders as they stand at the exchange */
  async end(
    name: string,
    cancelMs: (orders: ReadonlyMap<string, LedgerOrder>) => readonly number[],
  ): Promise<Standing> {
    const endedAt = Date.now();
    const seconds = (endedAt - this.startedAt) / 1_000;
    const after = await this.control<Answers>('GET', 'answers');
    const { orders } = await this.control<{ orders: LedgerOrder[] }>('GET', 'ledger');
    const placed = orders.filter(({ acceptedAt }) => acceptedAt >= this.startedAt && acceptedAt < endedAt).length;
    const answered = (wanted: (kind: string) => boolean): number =>
      Object.entries(after)
        .filter(([kind]) => wanted(kind))
        .reduce((sum, [kind, count]) => sum + count - (this.before[kind] ?? 0), 0);
    return {
      name,
      seconds,
      placed,
      use: placed / ((this.ordersPer10Seconds * seconds) / 10),
      refused: answered((kind) => kind.startsWith('429')),
      tooManyOrders: answered((kind) => kind === '429 -1015'),
      banned: answered((kind) => kind.startsWith('418')),
      cancels: spreadOf(cancelMs(new Map(orders.map((order) => [order.clientOrderId, order])))),
    };
  }
}
