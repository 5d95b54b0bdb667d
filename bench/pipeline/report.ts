import type { Profile } from './instruments.js';
import type { LatenessRow } from './measure-lateness.js';
import type { LatencyRow } from './measure-latency.js';
import type { ThroughputResult } from './measure-throughput.js';

type Cell = string | number;

function table(title: string, head: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const all = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const row of all) console.log(`  ${row.map((cell, i) => cell.padStart(widths[i] ?? 0)).join('  ')}`);
}

const ms = (value: number): string => value.toFixed(1);
const ratio = (value: number, floor: number): string => (value / floor).toFixed(2);

export function showLatency(rows: readonly LatencyRow[]): void {
  table(
    '(a) ms from POST to the acceptance of a Market order; goals: p50 at most 1.5 x floor, p99 under 150 ms at 50/s',
    [
      'per s',
      'orders',
      'p50',
      'p95',
      'p99',
      'floor p50',
      'p99',
      'x floor',
      'alike p50',
      'p99',
      'x alike',
      'statements',
    ],
    rows.map(({ rate, system, bare, alike, cost }) => [
      rate,
      system.count,
      ms(system.p50),
      ms(system.p95),
      ms(system.p99),
      ms(bare.p50),
      ms(bare.p99),
      ratio(system.p50, bare.p50),
      ms(alike.p50),
      ms(alike.p99),
      ratio(system.p50, alike.p50),
      cost.statements,
    ]),
  );
}

export function showThroughput(result: ThroughputResult, withProfile: boolean): void {
  const { cost, counts, children } = result;
  table(
    `(b) child orders per second from ${result.parents} parents; goal: at least 70 % of the floor`,
    ['system', 'floor', 'of floor', 'alike', 'of alike', 'hops', 'commits', 'statements', 'venue calls'],
    [
      [
        result.childrenPerSecond.toFixed(1),
        result.barePerSecond.toFixed(1),
        percent(result.childrenPerSecond / result.barePerSecond),
        result.alikePerSecond.toFixed(1),
        percent(result.childrenPerSecond / result.alikePerSecond),
        cost.hops,
        cost.commits,
        cost.statements,
        cost.venueCalls,
      ],
    ],
  );
  table(
    '    per child order: requests made, and ms waited for their answers (waits overlap)',
    ['', 'requests', 'ms waited'],
    [
      ['Postgres statements', (counts.statements / children).toFixed(1), ms(counts.postgresMs / children)],
      ['Redis commands', (counts.redisCommands / children).toFixed(1), ms(counts.redisMs / children)],
      ['venue calls', (counts.venueCalls / children).toFixed(1), ms(counts.venueMs / children)],
    ],
  );
  const ours = result.cpu['system'] ?? NaN;
  const total = Object.values(result.cpu).reduce((sum, s) => sum + s, 0);
  table(
    `    share of CPU time (${total.toFixed(1)} s in ${result.seconds.toFixed(0)} s, ${ms((total * 1_000) / children)} ms per child order)`,
    ['', 'share'],
    [
      ...Object.entries(result.cpu)
        .filter(([name]) => name !== 'system')
        .map(([name, seconds]): Cell[] => [`${name} server`, percent(seconds / total)]),
      ...shares(result.profile).map(([name, share]): Cell[] => [`services: ${name}`, percent((share * ours) / total)]),
    ],
  );
  if (!withProfile) return;
  showTop(result.profile);
  table(
    '    statements made most, per child order',
    ['count', 'statement'],
    Object.entries(counts.byText)
      .sort(([, a], [, b]) => b - a)
      .slice(0, 25)
      .map(([text, count]) => [(count / children).toFixed(1), text]),
  );
}

export function showLateness(row: LatenessRow, withProfile: boolean): void {
  table(
    `(c) ms that wake-ups are late with ${row.parents} active parents, one wake-up each 30 s; goal: p99 under 250 ms at 10,000`,
    [
      'due per s',
      'done per s',
      'p50',
      'p95',
      'p99',
      'max',
      'floor p50',
      'p99',
      'alike p50',
      'p99',
      ...Object.keys(row.cores),
    ],
    [
      [
        row.duePerSecond.toFixed(0),
        row.wakesPerSecond.toFixed(0),
        ms(row.system.p50),
        ms(row.system.p95),
        ms(row.system.p99),
        ms(row.system.max),
        ms(row.bare.p50),
        ms(row.bare.p99),
        ms(row.alike.p50),
        ms(row.alike.p99),
        ...Object.values(row.cores).map((cores) => `${percent(cores)} core`),
      ],
    ],
  );
  if (withProfile) showTop(row.profile);
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

/** Of the time that the process was not idle, largest first; small ones together. */
function shares(profile: Profile): [string, number][] {
  const busy = Object.entries(profile.byOwner).filter(([owner]) => owner !== 'idle');
  const total = busy.reduce((sum, [, time]) => sum + time, 0);
  const sorted = busy.map(([owner, time]): [string, number] => [owner, time / total]).sort((a, b) => b[1] - a[1]);
  const rest = sorted.slice(10).reduce((sum, [, share]) => sum + share, 0);
  return [...sorted.slice(0, 10), ['others', rest]];
}

function showTop(profile: Profile): void {
  table(
    '    functions with the most time of their own, ms [owner]',
    ['ms', 'function'],
    profile.top.map(({ what, ms: time }) => [time.toFixed(0), what]),
  );
}
