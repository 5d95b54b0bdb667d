import { costOf, type CallCost, type CostBasis } from './cost.js';
import {
  CANCEL_CEILINGS,
  scopeOf,
  type FamilyKind,
  type LimitDefinition,
  type LimitParams,
  type Priority,
  type Scopes,
} from './limit-definition.js';

/**
 * One limit as one call meets it, in whole numbers, so that the script computes the same. Amounts
 * (`limit`, `resume`, costs) of the kinds with a level are in millionths, since a level falls by
 * milliseconds times thousandths a second; of all other kinds they are plain counts.
 */
export interface LimitDraw {
  /** `<limit id>:<scope values>`: what the state is kept under. */
  readonly name: string;
  readonly id: string;
  readonly scope: string;
  readonly kind: FamilyKind;
  readonly limit: number;
  /** Length of the window; of `blocks` blocks; `lifetime_budget`: between two actions beyond the cap. Else 0. */
  readonly windowMs: number;
  /** By how many thousandths a second a level falls; 0 for kinds without one. */
  readonly rate: number;
  /** A level that the venue said was full opens the limit again when it is down to this; else 0. */
  readonly resume: number;
  /** `per_block`: the blocks in a row that the limit is about; else 0. */
  readonly blocks: number;
  /** In thousandths of the limit. */
  readonly ceiling: number;
  /** Held until the answer. 0 draws nothing and is never refused, but lets a reading of that limit be applied. */
  readonly cost: number;
  readonly onSuccess: number;
  readonly onFailure: number;
}

/** The figures of a {@link LimitDraw} that do not depend on the call. */
export type LimitFigures = Pick<LimitDraw, 'kind' | 'limit' | 'windowMs' | 'rate' | 'resume' | 'blocks'>;

/** Millionths for kinds with a level, else ones: by what amounts of a draw are multiplied. */
export function scaleOf(kind: FamilyKind): number {
  return kind === 'token_bucket' || kind === 'decaying_counter' || kind === 'credits' ? 1_000_000 : 1;
}

/** The limit's figures for an account of that tier; one that the limit does not know has the usual ones. */
export function figuresOf(definition: LimitDefinition, tier?: string): LimitFigures {
  const other = tier === undefined ? undefined : definition.tier?.[tier];
  const params = { ...definition.params, ...other };
  const kind = definition.kind === 'batch_pool' ? definition.params.base : definition.kind;
  return FIGURES[kind](params as never);
}

const NONE = { limit: 0, windowMs: 0, rate: 0, resume: 0, blocks: 0 };
const micro = (amount: number) => Math.round(amount * 1_000_000);
/** Down, so that a level never falls faster than the venue's; the tiny part mends 0.29 * 1000 = 289.99... */
const milli = (rate: number) => Math.floor(rate * 1_000 + 1e-6);

const FIGURES: { readonly [Kind in FamilyKind]: (params: LimitParams[Kind]) => LimitFigures } = {
  fixed_window: ({ limit, windowMs }) => ({ ...NONE, kind: 'fixed_window', limit, windowMs }),
  rolling_window: ({ limit, windowMs }) => ({ ...NONE, kind: 'rolling_window', limit, windowMs }),
  token_bucket: ({ rate, burst }) => level('token_bucket', burst, rate),
  decaying_counter: ({ max, decay, resumeBelow }) => level('decaying_counter', max, decay, resumeBelow),
  credits: ({ pool, refill }) => level('credits', pool, refill),
  lifetime_budget: ({ base, dripMs }) => ({ ...NONE, kind: 'lifetime_budget', limit: base, windowMs: dripMs }),
  per_block: ({ cap, blocks, blockMs }) => ({
    ...NONE,
    kind: 'per_block',
    limit: cap,
    windowMs: blocks * blockMs,
    blocks,
  }),
  ban: () => ({ ...NONE, kind: 'ban' }),
};

function level(
  kind: 'token_bucket' | 'decaying_counter' | 'credits',
  most: number,
  rate: number,
  resume = most / 2,
): LimitFigures {
  return { ...NONE, kind, limit: micro(most), rate: milli(rate), resume: micro(resume) };
}

export interface DrawRequest extends CostBasis {
  readonly scopes: Scopes;
  readonly priority: Priority;
  readonly tier?: string;
}

/**
 * One limit as a call meets it; without a cost, as a call that only asks whether it is open.
 * @throws RangeError when a part of the limit's scope is not given, or the cost has no figure for the call
 */
export function drawOf(definition: LimitDefinition, request: DrawRequest, call?: Omit<CallCost, 'limit'>): LimitDraw {
  const figures = figuresOf(definition, request.tier);
  const scope = scopeOf(definition, request.scopes);
  const amount = (cost: CallCost['cost']) => scaled(figures.kind, costOf(cost, request));
  const cost = amount(call?.cost ?? 0);
  const onSuccess = call?.onSuccess === undefined ? cost : amount(call.onSuccess);
  const onFailure = call?.onFailure === undefined ? cost : amount(call.onFailure);
  return {
    name: `${definition.id}:${scope}`,
    id: definition.id,
    scope,
    ...figures,
    ceiling: definition.ceilings?.[request.priority] ?? CANCEL_CEILINGS[request.priority],
    cost: Math.max(cost, onSuccess, onFailure),
    onSuccess,
    onFailure,
  };
}

function scaled(kind: FamilyKind, cost: number): number {
  const scale = scaleOf(kind);
  return scale === 1 ? Math.ceil(cost) : micro(cost);
}
