import {
  scaleOf,
  WAIT_REFILL,
  WAIT_WINDOW,
  type BreachRule,
  type Closure,
  type LimitDefinition,
  type LimitDraw,
  type Reading,
  type ReadingRule,
} from '#domain';
import { definitionOf, type VenueLimits } from './venue-limits.js';

/** What an answer tells about limits. */
export interface AnswerSigns {
  readonly httpStatus?: number;
  /** The venue's own code or text of an error, `-1015` or `EOrder:Rate limit exceeded`. */
  readonly venueCode?: string;
  /** In lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The venue's counts by limit id, where the body told them. */
  readonly readings?: Readonly<Record<string, number>>;
  /** What the body told, by the names that the limits' reading rules give it. */
  readonly told?: Readonly<Record<string, number>>;
  /** The venue's own time in the answer's body; else when the answer came. */
  readonly venueMs?: number;
  readonly repliedAt?: number;
}

/** No venue shuts anybody out for longer; what says more is taken for this. */
const LONGEST_CLOSURE_MS = 7 * 86_400_000;
/** Texts such as `EService: Throttled: 1700000000`: a code, and when it ends, in seconds. */
const CODE_WITH_TIME = /^(.+): ?(\d{10})(?:\.\d+)?$/;

/** The venue's counts that an answer carried, for the limits the call draws on, in the amounts of the draws. */
export function readingsOf(limits: VenueLimits, draws: readonly LimitDraw[], answer: AnswerSigns): Reading[] {
  return draws.flatMap((draw) => {
    const { read = [] } = definitionOf(limits, draw.id);
    const value = (means: ReadingRule['means']) => toldOf(read, means, answer);
    const scale = scaleOf(draw.kind);
    const left = value('left');
    const limit = value('limit');
    const counted = whole(answer.readings?.[draw.id]) ?? value('used');
    const used = counted ?? (left === undefined ? undefined : Math.max(0, (limit ?? draw.limit / scale) - left));
    const cap = draw.kind === 'lifetime_budget' ? limit : undefined;
    const height = value('height');
    if (used === undefined && cap === undefined && height === undefined) return [];
    return [
      {
        name: draw.name,
        ...(used === undefined ? {} : { used: used * scale }),
        ...(cap === undefined ? {} : { cap }),
        ...(height === undefined ? {} : { height }),
      },
    ];
  });
}

/** The limits' own figures that an answer carried: each holds for the scope of its draw. */
export function figuresTold(
  limits: VenueLimits,
  draws: readonly LimitDraw[],
  answer: AnswerSigns,
): { readonly draw: LimitDraw; readonly limit: number }[] {
  return draws.flatMap((draw) => {
    const limit = toldOf(definitionOf(limits, draw.id).read ?? [], 'limit', answer);
    return limit === undefined || limit < 1 || draw.kind === 'lifetime_budget' ? [] : [{ draw, limit }];
  });
}

/** How long a closure lasts, as far as this process can know: at most, where the limit itself decides. */
export function closureLengthMs({ ms, venueAt }: Closure, { windowMs, limit, rate }: LimitDraw, now: number): number {
  if (venueAt !== undefined) return Math.max(0, venueAt - now);
  if (ms >= 0) return ms;
  return rate > 0 ? Math.ceil(limit / rate) : windowMs;
}

/**
 * The limits that an answer closes: those with a rule for the venue's code, else those with one for the HTTP status.
 * A code that any limit of the venue has a rule for says enough: the status then closes nothing more.
 */
export function closuresOf(limits: VenueLimits, draws: readonly LimitDraw[], answer: AnswerSigns): Closure[] {
  const matching = (wanted: (rule: BreachRule) => boolean) =>
    draws.flatMap((draw) => {
      const definition = definitionOf(limits, draw.id);
      const rule = definition.breach.find(wanted);
      return rule ? [{ name: draw.name, ...closureOf(rule, definition, answer) }] : [];
    });
  const { venueCode, httpStatus } = answer;
  const code = CODE_WITH_TIME.exec(venueCode ?? '')?.[1] ?? venueCode;
  const hasCode = (rule: BreachRule) => code !== undefined && rule.code !== undefined && isCode(code, rule.code);
  if (limits.definitions.some(({ breach }) => breach.some(hasCode))) return matching(hasCode);
  return httpStatus === undefined ? [] : matching((rule) => rule.status === httpStatus);
}

/** Some venues' codes are sentences with figures in them: of those the beginning counts, up to the end of a word. */
function isCode(said: string, code: string): boolean {
  return said === code || (said.startsWith(code) && /[^\w.-]/.test(said.charAt(code.length)));
}

function closureOf(rule: BreachRule, definition: LimitDefinition, answer: AnswerSigns): Omit<Closure, 'name'> {
  const seconds = rule.sec === undefined ? undefined : rule.sec * 1_000;
  switch (rule.then) {
    case 'session_kill':
      return { ms: WAIT_REFILL };
    case 'wait_window':
      return { ms: WAIT_WINDOW };
    case 'ban_sec':
      return { ms: seconds ?? WAIT_WINDOW };
    case 'retry_after': {
      const delay = retryAfterMs(answer.headers?.['retry-after']);
      if (delay !== undefined) return { ms: delay };
      const venueAt = reopensAt(definition, answer);
      return { ms: seconds ?? WAIT_WINDOW, ...(venueAt === undefined ? {} : { venueAt }) };
    }
  }
}

function retryAfterMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,8}$/.test(text.trim())) return undefined;
  return Math.min(Number(text) * 1_000, LONGEST_CLOSURE_MS);
}

/** By the venue's clock; undefined where it says nothing, or an instant that is over or too far off to be meant. */
function reopensAt({ read = [] }: LimitDefinition, answer: AnswerSigns): number | undefined {
  const seconds = CODE_WITH_TIME.exec(answer.venueCode ?? '')?.[2];
  const at = seconds === undefined ? toldOf(read, 'resetAt', answer) : Number(seconds) * 1_000;
  const now = answer.venueMs ?? answer.repliedAt;
  if (at === undefined || now === undefined) return at;
  return at > now && at <= now + LONGEST_CLOSURE_MS ? at : undefined;
}

function toldOf(rules: readonly ReadingRule[], means: ReadingRule['means'], answer: AnswerSigns): number | undefined {
  for (const rule of rules) {
    if (rule.means !== means) continue;
    const text = rule.from === 'header' ? answer.headers?.[rule.name] : undefined;
    const value =
      rule.from === 'header' ? (/^\d{1,14}$/.test(text ?? '') ? Number(text) : undefined) : answer.told?.[rule.name];
    const found = whole(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function whole(value: number | undefined): number | undefined {
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
