import type { StreamState } from './order-stream.js';

/** The API answers nothing, or only that it cannot. */
export interface ApiProblem {
  readonly since: number;
  readonly reason: string;
}

/** One word on everything that the page depends on. */
export type Connection =
  | { readonly phase: 'connecting' | 'live' }
  | { readonly phase: 'lost'; readonly since: number; readonly reason: string; readonly retryAt: number | null };

/** Lost as soon as either part is; since when the earlier one was. */
export function connectionOf(stream: StreamState, problem: ApiProblem | null): Connection {
  if (stream.phase === 'lost') return { ...stream, since: Math.min(stream.since, problem?.since ?? stream.since) };
  if (problem !== null) return { phase: 'lost', since: problem.since, reason: problem.reason, retryAt: null };
  return stream;
}

/** The problem after an exchange with the API: it keeps its beginning while it lasts. */
export function nextProblem(known: ApiProblem | null, reason: string | null, now: number): ApiProblem | null {
  return reason === null ? null : { since: known?.since ?? now, reason };
}
