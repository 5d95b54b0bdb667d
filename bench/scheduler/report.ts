import type { Spread } from '../pipeline/statistics.js';
import type { ChildCost } from './measure-children.js';
import type { Recovery, ScaleRow } from './measure-scale.js';

const one = (value: number): string => value.toFixed(1);
const spread = ({ p50, p99, max }: Spread): string => `p50 ${one(p50)}, p99 ${one(p99)}, max ${one(max)}`;
const verdict = (isMet: boolean): string => (isMet ? 'met' : 'MISSED');

export function showScale(row: ScaleRow, withProfile: boolean): void {
  const cores = Object.entries(row.cores).map(([name, used]) => `${name} ${used.toFixed(2)}`);
  const holds = Object.entries(row.holds).map(([reason, count]) => `${reason} ${count}`);
  console.log(`
${row.parents} active orders
  decisions/s               ${one(row.decisionsPerSecond)} (${row.decideUs.count} in all)
  decide, us                ${spread(row.decideUs)}; goal: median under 100: ${verdict(row.decideUs.p50 < 100)}
  wake-ups late, ms         ${spread(row.lateMs)}; goal at 10,000: p99 under 250: ${verdict(row.lateMs.p99 < 250)}
  Redis, bytes per order    ${one(row.redisBytes)}; goal: under 4,000: ${verdict(row.redisBytes < 4_000)}
  process, bytes per order  ${one(row.heapBytes)}
  per decision              ${one(row.statementsPerDecision)} statements, ${one(row.commitsPerDecision)} commits, ${one(row.redisPerDecision)} Redis commands
  cores used                ${cores.join(', ')}
  found                     ${holds.join(', ')}`);
  if (!withProfile) return;
  for (const [text, count] of Object.entries(row.statements).sort(([, a], [, b]) => b - a))
    if (count >= 0.01) console.log(`    ${count.toFixed(2).padStart(6)} x ${text}`);
  const { byOwner, top } = row.profile;
  for (const [owner, ms] of Object.entries(byOwner).sort(([, a], [, b]) => b - a))
    console.log(`    ${owner} ${one(ms)} ms`);
  for (const { what, ms } of top) console.log(`      ${one(ms).padStart(8)} ms  ${what}`);
}

export function showChildren(cost: ChildCost): void {
  console.log(`
whole system, ${cost.children} child orders ended, ${one(cost.perSecond)}/s
  rows per child order      ${one(cost.inserted)} inserted, ${one(cost.updated)} updated, ${one(cost.deleted)} deleted
  commits per child order   ${one(cost.commits)}`);
}

export function showRecovery(found: Recovery): void {
  console.log(`
kill -9 with ${found.parents} active orders, down for ${one(found.downMs / 1_000)} s
  first decision            ${one(found.firstDecisionMs / 1_000)} s after the start; goal: under 10: ${verdict(found.firstDecisionMs < 10_000)}
  nothing overdue           after ${one(found.caughtUpMs / 1_000)} s
  wake-ups late, ms         ${spread(found.lateMs)}
  orders with a burst       ${found.burst}; goal: none: ${verdict(found.burst === 0)}`);
}
