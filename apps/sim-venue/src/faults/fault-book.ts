import type { ProductName } from '../floor/product.js';
import { Xoshiro128 } from '../market/xoshiro.js';
import { familyOf, type Family, type FaultRule, type Length } from './fault-rules.js';

/** What a rule is compared with: a request, a message about to be sent on a stream, or an order. */
export interface FaultSubject {
  readonly product: ProductName;
  /** Empty for what no route leads to. */
  readonly route: string;
  readonly accountId: number | null;
  readonly accountName: string | null;
  readonly symbol: string | null;
  readonly clientOrderId: string | null;
}

interface Active {
  readonly id: number;
  readonly rule: FaultRule;
  readonly family: Family;
  readonly addedAt: number;
  matched: number;
  fired: number;
}

/** A rule in force, and since when. */
export interface Standing {
  readonly id: number;
  readonly rule: FaultRule;
  readonly addedAt: number;
  /** Counts it as fired. */
  readonly fire: () => void;
}

const NOTHING: readonly never[] = [];
/** Of the standard normal distribution. */
const PERCENTILE_99 = 2.326_347_874;

/** The faults in force. All chances come from one seeded generator, so the same run has the same faults. */
export class FaultBook {
  readonly #active: Active[] = [];
  readonly #families = new Map<Family, number>();
  #random: Xoshiro128;
  #lastId = 0;

  /** @param now the venue's clock before any fault of it, by which `untilMs` ends rules */
  constructor(
    private readonly seed: number,
    private readonly now: () => number,
  ) {
    this.#random = new Xoshiro128(seed);
  }

  /** Whether there is no rule of this family, in force or over. */
  isFree(family: Family): boolean {
    return !this.#families.has(family);
  }

  add(rule: FaultRule): number {
    this.#lastId += 1;
    const family = familyOf(rule);
    this.#active.push({ id: this.#lastId, rule, family, addedAt: this.now(), matched: 0, fired: 0 });
    this.#families.set(family, (this.#families.get(family) ?? 0) + 1);
    return this.#lastId;
  }

  list(): (FaultRule & { id: number; matched: number; fired: number })[] {
    return this.#active.map(({ id, rule, matched, fired }) => ({ ...rule, id, matched, fired }));
  }

  /** @returns whether there was such a fault */
  remove(id: number): boolean {
    const at = this.#active.findIndex((active) => active.id === id);
    const [removed] = at === -1 ? [] : this.#active.splice(at, 1);
    if (removed === undefined) return false;
    const left = (this.#families.get(removed.family) ?? 0) - 1;
    if (left > 0) this.#families.set(removed.family, left);
    else this.#families.delete(removed.family);
    return true;
  }

  clear(): void {
    this.#active.length = 0;
    this.#families.clear();
    this.#random = new Xoshiro128(this.seed);
  }

  /**
   * The faults that fire for this subject now, in the order they were added.
   *
   * @param concerns leaves out rules that have nothing to do to it; they are not counted either
   */
  draw(family: Family, subject: FaultSubject, concerns?: (rule: FaultRule) => boolean): readonly FaultRule[] {
    if (this.isFree(family)) return NOTHING;
    const firing: FaultRule[] = [];
    for (const active of this.#active) {
      const { rule } = active;
      if (!this.#stands(active, family) || !matches(rule, subject) || concerns?.(rule) === false) continue;
      active.matched += 1;
      if (rule.match.nth !== undefined && active.matched !== rule.match.nth) continue;
      if (rule.match.p !== undefined && this.#random.uniform() >= rule.match.p) continue;
      active.fired += 1;
      firing.push(rule);
    }
    return firing;
  }

  /** Rules of a family in force for this subject, without drawing chances or counting. */
  standing(family: Family, subject: FaultSubject | null): readonly Standing[] {
    if (this.isFree(family)) return NOTHING;
    return this.#active
      .filter((active) => this.#stands(active, family) && (subject === null || matches(active.rule, subject)))
      .map((active) => ({
        id: active.id,
        rule: active.rule,
        addedAt: active.addedAt,
        fire: () => void (active.fired += 1),
      }));
  }

  /** Milliseconds of a rule's length, drawn when it is not fixed. */
  length({ ms, minMs, maxMs, p50, p99 }: Length): number {
    if (ms !== undefined) return ms;
    if (p50 !== undefined && p99 !== undefined)
      return p50 * Math.exp((Math.log(p99 / p50) / PERCENTILE_99) * this.#random.normal());
    const [low, high] = [minMs ?? 0, maxMs ?? 0];
    return low + this.#random.uniform() * (high - low);
  }

  #stands({ rule, family, fired }: Active, wanted: Family): boolean {
    return (
      family === wanted &&
      (rule.untilMs === undefined || this.now() < rule.untilMs) &&
      (rule.times === undefined || fired < rule.times)
    );
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
