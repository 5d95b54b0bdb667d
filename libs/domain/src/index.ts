export * from './account/account-status.js';
export * from './account/call-health.js';
export * from './account/setting-change.js';
export * from './account/venue-settings.js';
export * from './child-order/child-order.js';
export * from './child-order/inferred-fill.js';
export * from './credential/judge-key.js';
export * from './errors/app-error.js';
export * from './errors/result.js';
export * from './execution/contract.js';
export * from './execution/settings.js';
export * from './instrument/instrument.js';
export * from './numeric/decimal.js';
export * from './parent-order/ids.js';
export * from './parent-order/parent-order.js';
export * from './time/clock.js';
export * from './risk/denial.js';
export * from './risk/gate-input.js';
export * from './risk/gate-reference.js';
export * from './risk/last-gate.js';
export * from './risk/parent-end.js';
export * from './risk/risk-limits.js';
export * from './risk/trading-state.js';
export * from './market-data/minute-bars.js';
export * from './market-data/order-book.js';
export * from './market-data/print-counter.js';
export { REMEMBERED_NAMES, type PrintName, type SeenPrints } from './market-data/print-memory.js';
export * from './market-data/rolling-stats.js';
export * from './market-data/snapshot.js';
export * from './market-data/traded-volume.js';
export * from './rate-limit/announce.js';
export * from './rate-limit/budget-state.js';
export * from './rate-limit/cost.js';
export * from './rate-limit/direct-share.js';
export * from './rate-limit/fair-share.js';
export * from './rate-limit/limit-definition.js';
export * from './rate-limit/limit-draw.js';
export * from './rate-limit/rebuild.js';
export * from './rate-limit/release.js';
export { reserve, type RefusalReason, type ReserveRequest, type ReserveResult } from './rate-limit/reserve.js';
export { settle, type Closure, type SettleRequest, type SettleResult } from './rate-limit/settle.js';
export { windowsTouched } from './rate-limit/families/fixed-window.js';
export { WAIT_REFILL, WAIT_WINDOW, type Reading } from './rate-limit/families/family.js';
export { coldEnd, openState, RATE_SUFFIX } from './rate-limit/limit-state.js';
export { newLife } from './rate-limit/new-life.js';
export { creditFill, type CreditRequest } from './rate-limit/credit-fill.js';
export {
  MAX_PLANNED_CALLS,
  PLAN_HORIZON_MS,
  simulatePlan,
  type PlanForecast,
  type PlannedCall,
} from './rate-limit/simulate-plan.js';
export { freeShare, usageOf, type LimitUsage } from './rate-limit/usage.js';
export * from './execution/catch-up-size.js';
export * from './execution/decide.js';
export * from './execution/draw.js';
export * from './execution/finisher-length.js';
export * from './execution/minimum-child.js';
export * from './execution/passive-price.js';
export * from './execution/price-protection.js';
export * from './execution/refusals.js';
export * from './trajectory/active-time.js';
export * from './trajectory/band.js';
export * from './trajectory/curve.js';
export * from './trajectory/plan.js';
export * from './trajectory/planned-path.js';
export * from './trajectory/slice-grid.js';
export * from './cost/transaction-cost.js';
