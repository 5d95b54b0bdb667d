import type { LimitDraw } from '#domain';
import { announceRequest, type AnnounceTask, type FigureInForce } from './announced-limit.js';
import { figuresTold, type AnswerSigns } from './answer-signs.js';
import type { VenueLimits } from './venue-limits.js';

/** A raise is believed when it is told again after this long (venues.md B3); a little more, for clocks. */
const CONFIRM_RAISE_MS = 61_000;

/** Figures of limits that come with every answer, such as Bybit's: passed on where they say something new. */
export class ToldFigures {
  private readonly last = new Map<
    string,
    { readonly told: number; readonly at: number; readonly isInForce: boolean }
  >();

  constructor(
    private readonly limits: VenueLimits,
    private readonly apply: (tasks: readonly AnnounceTask[]) => Promise<FigureInForce[]>,
    private readonly monotonicMs: () => number,
  ) {}

  /** @returns what became of the figures that the answer told anew; a figure that no venue can mean is passed over */
  async heed(draws: readonly LimitDraw[], answer: AnswerSigns): Promise<FigureInForce[]> {
    const found: FigureInForce[] = [];
    for (const { draw, limit } of figuresTold(this.limits, draws, answer)) {
      const before = this.last.get(draw.name);
      const now = this.monotonicMs();
      const isOld = before?.told === limit && (before.isInForce || now - before.at < CONFIRM_RAISE_MS);
      const task = isOld ? null : announceRequest(this.limits, draw, limit);
      if (task === null) continue;
      const [figure] = await this.apply([task]);
      if (figure === undefined) continue;
      this.last.set(draw.name, { told: limit, at: now, isInForce: figure.after === limit });
      found.push(figure);
    }
    return found;
  }
}
