import type { FeedMessage, Level } from '../../feed-port.js';

/** One `depthUpdate`: changes of the updates `first` to `last`, both included. */
export interface DepthDelta {
  readonly first: number;
  readonly last: number;
  /** Where the venue says which update came before (USD-M). */
  readonly prev?: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export interface DepthSnapshot {
  readonly lastUpdateId: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export type StitchState =
  /** Deltas wait for the snapshot that they continue. */
  | { readonly phase: 'waiting'; readonly buffer: readonly DepthDelta[] }
  /** `fresh`: no delta yet since the snapshot; the first may begin before it, later ones may not. */
  | { readonly phase: 'stitched'; readonly seq: number; readonly fresh: boolean };

export interface StitchStep {
  readonly state: StitchState;
  readonly emit: readonly FeedMessage[];
  readonly wantsSnapshot: boolean;
}

/** Two minutes at ten a second; a snapshot that takes longer has failed. */
export const MAX_BUFFERED_DELTAS = 1_200;

export const UNSTITCHED: StitchState = { phase: 'waiting', buffer: [] };

/** Tells nothing that a snapshot of `seq` does not. On USD-M the one that ends with it still joins the two. */
function isOld(delta: DepthDelta, seq: number): boolean {
  return delta.prev === undefined ? delta.last <= seq : delta.last < seq;
}

/** May come first after a snapshot of `seq`. */
function joins(delta: DepthDelta, seq: number): boolean {
  if (delta.prev === undefined) return delta.first <= seq + 1;
  return delta.prev === seq || (delta.first <= seq && delta.last >= seq);
}

function follows(delta: DepthDelta, seq: number): boolean {
  return delta.prev === undefined ? delta.first === seq + 1 : delta.prev === seq;
}

/**
 * A delta (venues.md A8). Spot: after the snapshot, deltas with `u <= lastUpdateId` are dropped, the first that is kept
 * must span `lastUpdateId + 1`, and then each begins where the one before ended. USD-M: the first that is kept has
 * `U <= lastUpdateId <= u`, and then the `pu` of each is the `u` before.
 */
export function onDelta(state: StitchState, delta: DepthDelta): StitchStep {
  if (state.phase === 'waiting') {
    if (state.buffer.length >= MAX_BUFFERED_DELTAS) {
      return { state: { phase: 'waiting', buffer: [delta] }, emit: [], wantsSnapshot: true };
    }
    return { state: { phase: 'waiting', buffer: [...state.buffer, delta] }, emit: [], wantsSnapshot: false };
  }
  const { seq, fresh } = state;
  if (fresh ? isOld(delta, seq) : delta.last <= seq) return { state, emit: [], wantsSnapshot: false };
  if (!(fresh ? joins(delta, seq) : follows(delta, seq))) {
    return {
      state: { phase: 'waiting', buffer: [delta] },
      emit: [{ type: 'resync', reason: `held ${state.seq}, next began at ${delta.first}` }],
      wantsSnapshot: true,
    };
  }
  const next: StitchState = { phase: 'stitched', seq: delta.last, fresh: false };
  if (delta.last === seq) return { state: next, emit: [], wantsSnapshot: false };
  return {
    state: next,
    emit: [{ type: 'delta', prevSeq: state.seq, seq: delta.last, bids: delta.bids, asks: delta.asks }],
    wantsSnapshot: false,
  };
}

/** A snapshot, and whatever of the waiting deltas follows it. One that is older than the oldest of them is useless. */
export function onSnapshot(state: StitchState, snapshot: DepthSnapshot): StitchStep {
  if (state.phase === 'stitched') return { state, emit: [], wantsSnapshot: false };
  const rest = state.buffer.filter((delta) => !isOld(delta, snapshot.lastUpdateId));
  const oldest = rest[0];
  if (oldest !== undefined && !joins(oldest, snapshot.lastUpdateId)) {
    return { state, emit: [], wantsSnapshot: true };
  }
  let step: StitchStep = {
    state: { phase: 'stitched', seq: snapshot.lastUpdateId, fresh: true },
    emit: [{ type: 'snapshot', seq: snapshot.lastUpdateId, bids: snapshot.bids, asks: snapshot.asks }],
    wantsSnapshot: false,
  };
  for (const delta of rest) {
    const next = onDelta(step.state, delta);
    step = {
      state: next.state,
      emit: [...step.emit, ...next.emit],
      wantsSnapshot: step.wantsSnapshot || next.wantsSnapshot,
    };
  }
  return step;
}
