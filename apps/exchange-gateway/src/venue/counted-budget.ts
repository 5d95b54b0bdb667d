import type { ParentOrderId, Scopes, TenantId } from '#domain';
import type { Budget, CallAnswer, CallOutcome, CallPriority, FirstFill, Reservation, ReserveOptions } from '#venues';
import type { GatewayMetrics } from '../gateway-metrics.js';
import { budgetRetryMs } from '../orders/work-order.js';
import type { ParentLimitCounts } from './parent-limit-counts.js';

export interface CountedBudgetOptions {
  readonly tenantId: TenantId;
  readonly counts: Pick<ParentLimitCounts, 'add'>;
  readonly metrics: Pick<GatewayMetrics, 'limitWait'>;
}

/** A call that was refused and never asked again is forgotten after the next so many. */
const MOST_WAITING = 10_000;

/** The budget of one account's calls: counts for each parent order how often they were granted, refused, and put off. */
export class CountedBudget implements Budget {
  private readonly waitingSince = new Map<string, number>();

  constructor(
    private readonly budget: Budget,
    private readonly options: CountedBudgetOptions,
  ) {}

  async reserve(
    call: string,
    scopes: Scopes,
    priority: CallPriority,
    options: ReserveOptions = {},
  ): Promise<Reservation> {
    const answer = await this.budget.reserve(call, scopes, priority, options);
    this.measure(`${call} ${priority} ${options.parentId ?? ''}`, priority, answer.granted);
    if (options.parentId !== undefined) this.count(options.parentId as ParentOrderId, priority, answer);
    return answer;
  }

  settle(token: string, outcome: CallOutcome, answer?: CallAnswer): Promise<void> {
    return this.budget.settle(token, outcome, answer);
  }

  release(token: string): Promise<void> {
    return this.budget.release(token);
  }

  async beginCold(call: string, scopes: Scopes): Promise<void> {
    await this.budget.beginCold?.(call, scopes);
  }

  async openUnused(call: string, scopes: Scopes, unusedForMs: number): Promise<void> {
    await this.budget.openUnused?.(call, scopes, unusedForMs);
  }

  async creditFill(call: string, scopes: Scopes, fill: FirstFill): Promise<void> {
    await this.budget.creditFill?.(call, scopes, fill);
  }

  private count(parentId: ParentOrderId, priority: CallPriority, answer: Reservation): void {
    const { tenantId, counts } = this.options;
    if (answer.granted) counts.add(tenantId, parentId, priority, 'granted', 0);
    else {
      const waitMs = budgetRetryMs({ retryInMs: Math.max(1, answer.retryInMs), cold: answer.cold.length > 0 });
      counts.add(tenantId, parentId, priority, answer.reason, waitMs);
    }
  }

  private measure(key: string, priority: CallPriority, isGranted: boolean): void {
    const now = performance.now();
    const since = this.waitingSince.get(key);
    if (!isGranted) {
      if (since === undefined) this.waitingSince.set(key, now);
      const [oldest] = this.waitingSince.keys();
      if (this.waitingSince.size > MOST_WAITING && oldest !== undefined) this.waitingSince.delete(oldest);
      return;
    }
    this.waitingSince.delete(key);
    this.options.metrics.limitWait.observe({ class: priority }, since === undefined ? 0 : (now - since) / 1_000);
  }
}
