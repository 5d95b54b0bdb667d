import type { ProductName } from '../floor/product.js';
import { Xoshiro128 } from '../market/xoshiro.js';
import type { FaultRule } from './fault-rules.js';

/** What a rule is compared with: a request, or a message about to be sent on a stream. */
export interface FaultSubject {
  readonly product: ProductName;
  readonly route: string;
  readonly accountId: number | null;
  readonly accountName: string | null;
  readonly symbol: string | null;
  readonly clientOrderId: string | null;
}

interface Active {
  readonly id: number;
  readonly rule: FaultRule;
  matched: number;
  fired: number;
}

/** The faults in force. All chances come from one seeded generator, so the same run has the same faults. */
export class FaultBook {
  readonly #active: Active[] = [];
  #random: Xoshiro128;
  #lastId = 0;

  constructor(private readonly seed: number) {
    this.#random = new Xoshiro128(seed);
  }

  get isEmpty(): boolean {
    return this.#active.length === 0;
  }

  add(rule: FaultRule): number {
    this.#lastId += 1;
    this.#active.push({ id: this.#lastId, rule, matched: 0, fired: 0 });
    return this.#lastId;
  }

  list(): (FaultRule & { id: number; matched: number; fired: number })[] {
    return this.#active.map(({ id, rule, matched, fired }) => ({ ...rule, id, matched, fired }));
  }

  /** @returns whether there was such a fault */
  remove(id: number): boolean {
    const at = this.#active.findIndex((active) => active.id === id);
    if (at === -1) return false;
    this.#active.splice(at, 1);
    return true;
  }

  clear(): void {
    this.#active.length = 0;
    this.#random = new Xoshiro128(this.seed);
  }

  /** The faults that fire for this subject now, in the order they were added. */
  draw(subject: FaultSubject, kinds: 'request' | 'stream', now: number): FaultRule[] {
    const firing: FaultRule[] = [];
    for (const active of this.#active) {
      const { rule } = active;
      if ((rule.fault === 'stream') !== (kinds === 'stream')) continue;
      if (rule.untilMs !== undefined && now >= rule.untilMs) continue;
      if (rule.times !== undefined && active.fired >= rule.times) continue;
      if (!matches(rule, subject)) continue;
      active.matched += 1;
      if (rule.match.nth !== undefined && active.matched !== rule.match.nth) continue;
      if (rule.match.p !== undefined && this.#random.uniform() >= rule.match.p) continue;
      active.fired += 1;
      firing.push(rule);
    }
    return firing;
  }

  /** Milliseconds of a rule's length, drawn when it is a range. */
  length({
    ms,
    minMs,
    maxMs,
  }: {
    ms?: number | undefined;
    minMs?: number | undefined;
    maxMs?: number | undefined;
  }): number {
    if (ms !== undefined) return ms;
    const [low, high] = [minMs ?? 0, maxMs ?? 0];
    return low + this.#random.uniform() * (high - low);
  }
}

function matches({ match }: FaultRule, subject: FaultSubject): boolean {
  const { product, route, account, symbol, clientOrderId } = match;
  if (product !== undefined && product !== subject.product) return false;
  if (route !== undefined && !matchesRoute(route, subject.route)) return false;
  if (account !== undefined && account !== subject.accountId && String(account) !== subject.accountName) return false;
  if (symbol !== undefined && symbol !== subject.symbol) return false;
  return clientOrderId === undefined || clientOrderId === subject.clientOrderId;
}

function matchesRoute(pattern: string, route: string): boolean {
  return pattern.endsWith('*') ? route.startsWith(pattern.slice(0, -1)) : pattern === route;
}
