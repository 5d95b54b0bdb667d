import { openState, type FixedWindowState, type LimitDraw, type LimitState, type WindowState } from '#domain';

/** A limit's state as the scripts write it: figures that are zero are left out. */
export type StoredLimit = Pick<LimitState, 'kind'> & Partial<LimitState>;

const NO_USE: WindowState = { used: 0, inFlight: 0, settled: 0, crossed: 0, readAt: 0, readBy: 0 };

/** Puts the zeros back that the scripts leave out. */
export function limitOfStored(stored: StoredLimit): LimitState {
  const limit = { ...openState(stored, 0), ...stored } as LimitState;
  if (limit.kind !== 'fixed_window') return limit;
  const windows: FixedWindowState['windows'] = {};
  for (const [start, window] of Object.entries(limit.windows)) windows[start] = { ...NO_USE, ...window };
  return { ...limit, windows };
}

/** A request without what the scripts know themselves: figures that are zero, costs that no outcome changes. */
export function leanRequest(request: object): object {
  const { draws, draw } = request as { draws?: readonly LimitDraw[]; draw?: LimitDraw };
  if (draws) return { ...request, draws: draws.map(leanDraw) };
  return draw ? { ...request, draw: leanDraw(draw) } : request;
}

function leanDraw(draw: LimitDraw): Partial<LimitDraw> {
  const { windowMs, rate, resume, blocks, cost, onSuccess, onFailure, ...rest } = draw;
  return {
    ...rest,
    cost,
    ...(windowMs === 0 ? {} : { windowMs }),
    ...(rate === 0 ? {} : { rate }),
    ...(resume === 0 ? {} : { resume }),
    ...(blocks === 0 ? {} : { blocks }),
    ...(onSuccess === cost ? {} : { onSuccess }),
    ...(onFailure === cost ? {} : { onFailure }),
  };
}
