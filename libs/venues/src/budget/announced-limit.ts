import {
  figuresOf,
  RATE_SUFFIX,
  scaleOf,
  scopeOf,
  type AnnounceRequest,
  type LimitDefinition,
  type LimitDraw,
  type Scopes,
} from '#domain';
import { definitionOf, type VenueLimits } from './venue-limits.js';

/** A limit as the venue itself announces it, in the venue's words. */
export interface AnnouncedLimit {
  /** Which of its limits, written as `confirm.select` of a definition. */
  readonly select: string;
  /** The most that fits: of a window, a bucket, a pool or a lifetime. */
  readonly limit: number;
  /** What comes back, a second; for limits with a level. */
  readonly rate?: number;
  /** What the venue has counted so far. */
  readonly used?: number;
  /** The same by the names of the limit's reading rules, where this call is what its count is read from. */
  readonly told?: Readonly<Record<string, number>>;
}

/**
 * The figures by limit id; what belongs to no limit of the table is left out, and so is the cap of a lifetime: that one
 * grows with every trade, and holds as it is read.
 */
export function announcedFigures(
  { definitions }: VenueLimits,
  announced: readonly AnnouncedLimit[],
): Readonly<Record<string, AnnouncedLimit>> {
  return Object.fromEntries(
    announced.flatMap((figure) => {
      const found = definitions.find(({ confirm }) => confirm?.select === figure.select);
      if (found?.kind === 'lifetime_budget') return [];
      return found === undefined ? [] : [[found.id, figure] as const];
    }),
  );
}

/** How often a venue should be asked for its figures, in seconds: as its most impatient limit wants; null = never. */
export function askEverySec({ definitions }: VenueLimits): number | null {
  const wanted = definitions.flatMap(({ confirm }) => (confirm === undefined ? [] : [confirm.everySec]));
  return wanted.length === 0 ? null : Math.min(...wanted);
}

/** What asking is called in the table of costs; null where the venue announces nothing. */
export function askCall({ definitions }: VenueLimits): string | null {
  return definitions.find(({ confirm }) => confirm !== undefined)?.confirm?.call ?? null;
}

/** By limit id: the most that fits, or that and what comes back a second. */
export type AnnouncedFigures = Readonly<Record<string, number | Pick<AnnouncedLimit, 'limit' | 'rate'>>>;

/** What became of an announced figure, in the limit's own units. */
export interface FigureInForce {
  readonly limit: string;
  /** Empty: for everybody. */
  readonly scope: string;
  readonly what: 'limit' | 'rate';
  readonly told: number;
  readonly before: number;
  /** Below `told`: a raise that waits for its confirmation. */
  readonly after: number;
}

/** A venue that says more than so many times the figure we know says something else. */
const ABSURD_TIMES = 1_000;
/** Rates are kept in thousandths. */
const RATE_SCALE = 1_000;

/** A figure as the budget's state takes it; `scale`: by what the amounts there are multiplied. */
export type AnnounceTask = Omit<FigureInForce, 'before' | 'after'> & {
  readonly scale: number;
  readonly request: AnnounceRequest;
};

/** A figure that an answer told of one draw's limit in its scope; null where no venue can mean it. */
export function announceRequest(limits: VenueLimits, draw: LimitDraw, told: number): AnnounceTask | null {
  const known = figuresOf(definitionOf(limits, draw.id), limits.tier);
  const scale = scaleOf(known.kind);
  if (told > (known.limit / scale) * ABSURD_TIMES) return null;
  const request = { id: draw.name, defined: known.limit, announced: told * scale };
  return { limit: draw.id, scope: draw.scope, what: 'limit', told, scale, request };
}

/**
 * Announced figures as the budget's state takes them. A figure told of one scope is kept under the limit's name there.
 * @throws RangeError for a limit that is not in the table, or a figure that no venue can mean
 */
export function announceRequests(limits: VenueLimits, figures: AnnouncedFigures, scopes: Scopes): AnnounceTask[] {
  return Object.entries(figures).flatMap(([id, figure]) => {
    const definition = definitionOf(limits, id);
    const known = figuresOf(definition, limits.tier);
    const scope = ownScope(definition, scopes);
    const name = scope === '' ? id : `${id}:${scope}`;
    const entry = (what: 'limit' | 'rate', told: number, defined: number, scale: number) => {
      assertMeant(`${id} (${what})`, told, defined / scale, what === 'limit' && scale === 1);
      const key = what === 'rate' ? name + RATE_SUFFIX : name;
      return {
        limit: id,
        scope,
        what,
        told,
        scale,
        request: { id: key, defined, announced: Math.floor(told * scale) },
      };
    };
    const given: Pick<AnnouncedLimit, 'limit' | 'rate'> = typeof figure === 'number' ? { limit: figure } : figure;
    const { limit, rate } = given;
    const most = entry('limit', limit, known.limit, scaleOf(known.kind));
    return rate === undefined || known.rate === 0 ? [most] : [most, entry('rate', rate, known.rate, RATE_SCALE)];
  });
}

/** Empty unless the caller knows whom the figure is about: an address is everybody's. */
function ownScope(definition: LimitDefinition, scopes: Scopes): string {
  const isOfOne = definition.scope.some((part) => part !== 'ip');
  const isKnown = definition.scope.every((part) => scopes[part] !== undefined);
  return isOfOne && isKnown ? scopeOf(definition, scopes) : '';
}

function assertMeant(what: string, told: number, known: number, mustBeWhole: boolean): void {
  const most = known * ABSURD_TIMES;
  if (Number.isFinite(told) && told > 0 && told <= most && (!mustBeWhole || Number.isSafeInteger(told))) return;
  throw new RangeError(
    `Announced limit ${what} must be a ${mustBeWhole ? 'whole ' : ''}number above 0 and up to ${most}, was ${told}`,
  );
}
