import type { Held } from './held-book.js';

/** What evaluating conditions may take of a process whose other work is orders; in ms. */
export interface TurnLimits {
  /** Of one tenant, before it is another's turn and other work is let pass. */
  readonly sliceMs: number;
  /** Of all together; what is left waits for the next time. */
  readonly budgetMs: number;
}

export interface Turns {
  readonly evaluate: (held: Held) => void;
  readonly monotonicMs: () => number;
  /** Lets other work pass. */
  readonly pause: () => Promise<void>;
}

/**
 * Evaluates conditions, those first that have waited longest, a slice of time for each tenant in turn: a formula may take
 * a thousand times as long as another, and nobody's formulas keep those of others, or orders, waiting.
 */
export async function inTurns(due: readonly Held[], limits: TurnLimits, turns: Turns): Promise<void> {
  const { evaluate, monotonicMs, pause } = turns;
  const queues = new Map<string, Held[]>();
  for (const held of [...due].sort((a, b) => b.evaluatedAt - a.evaluatedAt)) {
    const queue = queues.get(held.tenantId);
    if (queue === undefined) queues.set(held.tenantId, [held]);
    else queue.push(held);
  }
  const oldestFirst = [...queues.values()].sort((a, b) => waitingSince(a) - waitingSince(b));
  let spent = 0;
  for (let round = oldestFirst; round.length > 0; round = round.filter((queue) => queue.length > 0))
    for (const queue of round) {
      const from = monotonicMs();
      for (let held = queue.pop(); held !== undefined; held = queue.pop()) {
        evaluate(held);
        if (monotonicMs() - from >= limits.sliceMs) break;
      }
      spent += monotonicMs() - from;
      if (spent >= limits.budgetMs) return;
      await pause();
    }
}

/** Of the next in line, which stands last. */
function waitingSince(queue: readonly Held[]): number {
  return queue.at(-1)?.evaluatedAt ?? Infinity;
}
