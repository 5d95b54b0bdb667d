import { MARKOUT_SECONDS, type FillRow } from '../measures/fill-quality.js';
import type { Estimate } from '../measures/block-bootstrap.js';
import { REFERENCES, type Reference } from '../replay.js';
import type { Goal, Row } from './judge.js';

const HEAD =
  'tape case    D size strategy   n |  all-in [95 %]             arrival    twap    vwap    fee | err max worst   rms  maker  compl at D   act/min       h sigma_1 |';
const GOAL_HEAD = REFERENCES.map((name) => `  minus ${name} [95 %]`.padEnd(32)).join('');

/**
 * One table of all tapes, numbered from 1; `~` marks intervals that are too narrow, because the tape is too short for
 * whole blocks.
 */
export function tableOf(tapes: readonly (readonly Row[])[]): string[] {
  const lines = [`${HEAD}${GOAL_HEAD} goal`];
  let cell = '';
  for (const [index, rows] of tapes.entries())
    for (const row of rows) {
      const name = `${index} ${row.feeCase} ${row.durationMs} ${row.share}`;
      if (cell !== '' && name !== cell) lines.push('');
      cell = name;
      lines.push(lineOf(index + 1, row));
    }
  return lines;
}

function lineOf(tape: number, row: Row): string {
  const { measures: m, blocks } = row;
  const percent = (share: Estimate, digits = 1): string => (share.mean * 100).toFixed(digits);
  const cells = [
    String(tape).padEnd(5),
    row.feeCase.padEnd(4),
    `${row.durationMs / 1_000}s`.padStart(5),
    `${row.share * 100}%`.padStart(5),
    ` ${row.strategy.padEnd(8)}`,
    String(row.starts).padStart(4),
    ' |',
    bps(m.allIn.mean).padStart(8),
    ` ${interval(m.allIn, blocks.isShortened).padEnd(19)}`,
    ...[m.arrival, m.twap, m.vwap].map(({ mean }) => bps(mean).padStart(8)),
    m.fee.mean.toFixed(2).padStart(7),
    ' |',
    m.errorMax.mean.toFixed(3).padStart(8),
    row.worstError.toFixed(3).padStart(6),
    m.errorRms.mean.toFixed(3).padStart(6),
    percent(m.makerRatio).padStart(7),
    percent(m.completion).padStart(7),
    percent({ ...m.restAtEnd, mean: 1 - m.restAtEnd.mean }).padStart(6),
    m.actionsPerMinute.mean.toFixed(1).padStart(8),
    m.halfSpread.mean.toFixed(4).padStart(8),
    m.sigma1.mean.toFixed(3).padStart(8),
    ' |',
  ];
  return (cells.join('') + (row.goal === null ? '' : goalCells(row.goal, blocks.isShortened))).trimEnd();
}

function goalCells(goal: Goal, isShortened: boolean): string {
  const against = (name: Reference): string => {
    const { difference, isReached } = goal.against[name];
    return `${bps(difference.mean).padStart(8)} ${interval(difference, isShortened)} ${isReached ? 'ok' : 'FAILED'}`.padEnd(
      32,
    );
  };
  const error = goal.isErrorKept ? '' : ` (error above ${goal.errorAllowed.toFixed(3)})`;
  return `${REFERENCES.map(against).join('')} ${goal.isReached ? 'reached' : 'FAILED'}${error}`;
}

function interval({ low, high }: Estimate, isShortened: boolean): string {
  if (low === null || high === null) return '[one window]';
  return `[${bps(low)},${bps(high)}]${isShortened ? '~' : ''}`;
}

function bps(value: number): string {
  return value.toFixed(3);
}

/** What the fills of each strategy were like, by purpose of the child. */
export function fillTableOf(fills: readonly FillRow[]): string[] {
  const losses = MARKOUT_SECONDS.map((seconds) => `loss ${seconds}s`.padStart(9)).join('');
  const lines = [`case    D size strategy purpose     of qty %  per order  slippage  adds all-in${losses}`];
  for (const row of fills)
    lines.push(
      [
        row.feeCase.padEnd(4),
        `${row.durationMs / 1_000}s`.padStart(5),
        `${row.share * 100}%`.padStart(5),
        ` ${row.strategy.padEnd(8)} ${row.purpose.padEnd(11)}`,
        (row.ofQuantity * 100).toFixed(1).padStart(9),
        row.perOrder.toFixed(1).padStart(11),
        bps(row.slippage).padStart(10),
        bps(row.allIn).padStart(13),
        ...MARKOUT_SECONDS.map((seconds) => (row.loss[seconds]?.toFixed(3) ?? '-').padStart(9)),
      ].join(''),
    );
  return lines;
}
