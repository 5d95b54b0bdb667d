import {
  Dec,
  decimal,
  epochMs,
  isFinal,
  notional,
  price,
  quantity,
  type AccountId,
  type AccountMarket,
  type Decimal,
  type EpochMs,
  type ExecutionChild,
  type ExecutionMarket,
  type ExecutionParams,
  type ExecutionParent,
  type Price,
  type Quantity,
  type Side,
  type Sizing,
  type VenueId,
  type VolumeProfile,
} from '#domain';
import {
  accountMarket,
  changeChild,
  close,
  fill,
  INSTRUMENT,
  leaves,
  marketOf,
  parentOrder,
  seededRandom,
  START,
  step,
  type Step,
} from './simulated-order.js';

/** What one generated run is made of. */
export interface Scenario {
  readonly seed: number;
  readonly algorithm: 'twap' | 'vwap' | 'is' | 'target_time' | 'pov' | 'market' | 'limit' | 'ioc' | 'iceberg';
  readonly side: Side;
  readonly sizing: Sizing;
  /** In whole lots; a quote-sized order gets this times 100. */
  readonly lots: number;
  readonly lot: string;
  readonly durationMs: number;
  readonly discretion: string;
  readonly passiveness: string;
  readonly passiveOnly: boolean;
  readonly activeLimit: boolean;
  readonly strictDuration: boolean;
  readonly oolPause: boolean;
  /** Distance of the limit price from the first mid in bps, better or worse; null without a limit. */
  readonly limitBps: number | null;
  readonly maxClip: string | null;
  /** How lively the venue fills what rests, 0..1. */
  readonly fillRate: number;
  /** What else the client asked for. */
  readonly params?: Partial<ExecutionParams>;
  /** Accounts on venues of their own, which change orders so; one that changes none without. */
  readonly accounts?: {
    readonly count: number;
    readonly amends: AccountMarket['amends'];
    /** Each venue has a book and an answering time of its own. Default false: all have the same. */
    readonly differ?: boolean;
    /** All stand on one venue. Default false: each has its own. */
    readonly shareVenue?: boolean;
    /** Each has larger minima than the one before it. Default false: all have the same. */
    readonly minimaDiffer?: boolean;
    /** Lots of which none is a multiple of another. Default false: all have the order's. */
    readonly lotsDiffer?: boolean;
  };
  /** Distance of the accounts' own price collar from the first mid, in bps; none without. */
  readonly collarBps?: number | null;
  /** The position that a reduce-only order may close, in lots, on each account. */
  readonly positionLots?: number;
  /** The share of it that orders of others are about to close. Default 0. */
  readonly reducedByOthers?: number;
  /** What others trade; nothing is known of it without. */
  readonly volume?: {
    /** Mean base units per millisecond. */
    readonly perMs: number;
    /** Whether {@link PROFILE} and a volatility are known. */
    readonly hasProfile: boolean;
    /** How often, of a decision, what is known of the volume is taken back in part, or not known. */
    readonly busts: number;
    readonly gaps: number;
  };
}

/** Which disturbances a run has; without any the feed lives and the venue answers. */
export interface Disturbances {
  readonly feed: boolean;
  readonly budget: boolean;
  readonly pauses: boolean;
  readonly outages: boolean;
  readonly unknowns: boolean;
  readonly lateFills: boolean;
  /** The gateway is away at times: children that were not sent stay so. */
  readonly gateway: boolean;
}

export const CALM: Disturbances = {
  feed: false,
  budget: false,
  pauses: false,
  outages: false,
  unknowns: false,
  lateFills: false,
  gateway: false,
};
export const WILD: Disturbances = {
  feed: true,
  budget: true,
  pauses: true,
  outages: true,
  unknowns: true,
  lateFills: true,
  gateway: true,
};

const accountsOf = ({ accounts }: Scenario): AccountId[] =>
  Array.from({ length: accounts?.count ?? 1 }, (_, index) => `account-${String(index + 1)}` as AccountId);

/** A market that is busiest in every seventh minute. */
const PROFILE: VolumeProfile = {
  id: 'uneven',
  shares: Array.from({ length: 1_440 }, (_, minute) => (1 + (minute % 7)) / 5_755),
  meanDailyVolume: 40_000,
  bars: 14 * 1_440,
};

/** What may ail an account. */
type Troubles = Pick<AccountMarket, 'bookAt' | 'feedLive' | 'mayPlace' | 'budgetFree'>;

const PRICES = new Map<number, Price>();

function cached<K, V>(values: Map<K, V>, key: K, make: () => V): V {
  const known = values.get(key);
  if (known !== undefined) return known;
  const made = make();
  values.set(key, made);
  return made;
}

const MOST_STEPS = 600;
const FIRST_MID = 100;
/** In cents. */
const STEP_BETWEEN_VENUES = 7;

/** How many of the order's lots make one of each account, where their lots differ. */
const LOT_FACTORS = [1, '2.5', 4, '1.5'] as const;

const lotAt = ({ accounts, lot }: Scenario, index: number): Quantity =>
  new Dec(lot).mul(accounts?.lotsDiffer === true ? (LOT_FACTORS[index % LOT_FACTORS.length] ?? 1) : 1) as Quantity;

const wholeLots = (value: Decimal, { instrument: { lot } }: AccountMarket): Quantity =>
  value.divToInt(lot).mul(lot) as Quantity;

export function orderOf(scenario: Scenario): ExecutionParent {
  const lot = new Dec(scenario.lot);
  const base = lot.mul(scenario.lots);
  const limit =
    scenario.limitBps === null && scenario.algorithm !== 'limit' && scenario.algorithm !== 'ioc'
      ? null
      : new Dec(FIRST_MID).mul(1 + (scenario.limitBps ?? 0) / 10_000).toDecimalPlaces(2);
  return parentOrder(
    {
      algorithm: scenario.algorithm,
      side: scenario.side,
      sizing: scenario.sizing,
      orderQty: scenario.sizing === 'base' ? base : base.mul(FIRST_MID),
      accounts: accountsOf(scenario),
    },
    {
      durationMs: followsCurve(scenario) ? scenario.durationMs : null,
      discretion: decimal(scenario.discretion),
      passiveness: decimal(scenario.passiveness),
      passiveOnly: scenario.passiveOnly && scenario.algorithm !== 'market' && scenario.algorithm !== 'ioc',
      activeLimit: scenario.activeLimit,
      strictDuration: scenario.strictDuration,
      oolPause: scenario.oolPause,
      limitPrice: limit === null ? null : price(limit.toFixed()),
      maxClipNotional: scenario.maxClip === null ? null : notional(scenario.maxClip),
      ...scenario.params,
    },
  );
}

const followsCurve = ({ algorithm }: Scenario): boolean =>
  algorithm === 'twap' || algorithm === 'vwap' || algorithm === 'is' || algorithm === 'target_time';

/**
 * Drives an order through a generated life: decides, applies, lets the venue answer in any order, moves
 * the market and the clock to `nextWakeAt` or to an event before it. Deterministic in the scenario. Ends
 * when the order has ended and nothing of it is open, or after `mostSteps`.
 */
export function live(scenario: Scenario, disturbances: Disturbances, mostSteps = MOST_STEPS): Step[] {
  const random = seededRandom(scenario.seed);
  const world = new World(scenario, disturbances, random);
  const steps: Step[] = [];
  let parent = orderOf(scenario);
  while (steps.length < mostSteps) {
    const taken = step(parent, world.market(parent), world.now);
    steps.push(taken);
    if (taken.decision.nextWakeAt === null) break;
    parent = world.advance(taken.after, taken.decision.nextWakeAt);
  }
  return steps;
}

const lives = new Map<string, readonly Step[]>();
const LIVES_KEPT = 150;

/**
 * Calls `check` with every step of {@link live}. Properties of one spec draw the same scenarios, as all start from
 * one seed; a life that one of them led is kept for the others.
 */
export function run(
  scenario: Scenario,
  disturbances: Disturbances,
  check: (step: Step) => void,
  mostSteps = MOST_STEPS,
): void {
  const key = JSON.stringify([scenario, disturbances, mostSteps]);
  const steps = lives.get(key) ?? live(scenario, disturbances, mostSteps);
  lives.delete(key);
  lives.set(key, steps);
  if (lives.size > LIVES_KEPT) lives.delete(lives.keys().next().value!);
  steps.forEach(check);
}

/** One market, one venue and what its client does, all drawn from the run's own numbers. */
export class World {
  now: EpochMs = START;
  #mid = FIRST_MID * 100;
  #others = 0;
  #counted = 0;
  #isKnown = true;
  #isAway = false;
  #books: readonly AccountMarket[];
  /** Of the accounts after the first, where all show one book. */
  #troubles: readonly Troubles[] = [];

  constructor(
    private readonly scenario: Scenario,
    private readonly disturbances: Disturbances,
    private readonly random: () => number,
  ) {
    this.#books = this.#quotes();
  }

  market(parent: ExecutionParent | null = null): ExecutionMarket {
    const { volume } = this.scenario;
    const accounts = accountsOf(this.scenario).map((accountId, index) => this.#account(accountId, index, parent));
    if (volume === undefined) return marketOf(accounts);
    const inLots = (value: number) => quantity(new Dec(value).toDecimalPlaces(3, Dec.ROUND_DOWN).toFixed());
    return marketOf(accounts, {
      othersVolume: this.#isKnown ? inLots(this.#others) : null,
      marketVolume: this.#isKnown ? inLots(this.#counted) : null,
      othersPerMs: volume.perMs,
      profile: volume.hasProfile ? PROFILE : null,
      hourlyVolatilityBps: volume.hasProfile ? 60 : null,
    });
  }

  /** A position is what the children on the account left of it. */
  #account(accountId: AccountId, index: number, parent: ExecutionParent | null): AccountMarket {
    const { accounts, positionLots, side, lot } = this.scenario;
    const book = this.#books[index % this.#books.length] as AccountMarket;
    const isAlone = accounts === undefined || accounts.shareVenue === true;
    const venue = isAlone ? book.venue : (`venue-${accountId}` as VenueId);
    let position: Decimal | null = null;
    if (positionLots !== undefined) {
      const filled = (parent?.children ?? [])
        .filter((child) => child.accountId === accountId)
        .reduce<Decimal>((sum, child) => sum.add(child.cumQty), new Dec(0));
      position = new Dec(lot)
        .mul(positionLots)
        .sub(filled)
        .mul(side === 'sell' ? 1 : -1);
    }
    const { instrument } = book;
    return {
      ...book,
      ...this.#troubles[index - 1],
      accountId,
      venue,
      priceCollar: this.#collar(),
      instrument: {
        ...instrument,
        venue,
        lot: lotAt(this.scenario, index),
        marketType: positionLots === undefined ? instrument.marketType : 'perp',
        ...(accounts?.minimaDiffer === true && {
          minQty: quantity(new Dec(lot).mul(1 + 400 * index).toFixed()),
          minNotional: notional(String(5 + 20 * index)),
        }),
      },
      amends: accounts?.amends ?? 'none',
      position,
      otherReducing: wholeLots(new Dec(position?.abs() ?? 0).mul(this.scenario.reducedByOthers ?? 0), book),
    };
  }

  #collar(): AccountMarket['priceCollar'] {
    const { collarBps = null } = this.scenario;
    if (collarBps === null) return null;
    const at = (bps: number) => price(new Dec(FIRST_MID).mul(1 + bps / 10_000).toFixed());
    return { lowest: at(-collarBps), highest: at(collarBps) };
  }

  /** To the wake-up or an event before it; an outage sleeps through both. */
  advance(parent: ExecutionParent, wakeAt: EpochMs): ExecutionParent {
    const outage = this.disturbances.outages && this.random() < 0.02;
    const answers = parent.children.some(
      ({ status, timeInForce, cancelRequestedAt }) =>
        status !== 'closed' && status !== 'unknown' && (timeInForce === 'ioc' || cancelRequestedAt !== null),
    );
    const sleep = Math.min(wakeAt - this.now, 120_000) * this.#share();
    const answered = answers && this.random() < 0.8 ? 30 + this.random() * 300 : sleep;
    const ahead = outage ? 5_000 + this.random() * 90_000 : Math.min(sleep, answered);
    return this.moveTo(parent, epochMs(Math.max(this.now + 1, Math.ceil(this.now + ahead))));
  }

  /** The market moves on to `now`, and the venue and the client do what they do until then. */
  moveTo(parent: ExecutionParent, now: EpochMs): ExecutionParent {
    if (parent.status !== 'PAUSED') this.#trade(now - this.now);
    this.now = now;
    this.#mid += Math.round((this.random() - 0.5) * 6);
    if (this.random() < 0.01) this.#mid += Math.round((this.random() - 0.5) * 200);
    this.#mid = Math.max(FIRST_MID * 90, this.#mid);
    this.#books = this.#quotes();
    if (this.disturbances.gateway) this.#isAway = this.random() < (this.#isAway ? 0.95 : 0.05);
    let next = parent;
    for (const child of parent.children) next = this.#venue(next, child);
    return this.#client(next);
  }

  /** What others trade meanwhile, and what is taken back of it. */
  #trade(ms: number): void {
    const { volume } = this.scenario;
    if (volume === undefined) return;
    const traded = ms * volume.perMs * 2 * this.random();
    this.#others += traded;
    this.#counted += traded * 1.2;
    if (this.random() < volume.busts) this.#others *= 0.5;
    this.#isKnown = this.random() >= volume.gaps;
  }

  #share(): number {
    return this.random() < 0.6 ? 1 : this.random();
  }

  #quotes(): AccountMarket[] {
    const { accounts } = this.scenario;
    if (accounts?.differ !== true)
      this.#troubles = Array.from({ length: (accounts?.count ?? 1) - 1 }, () => this.#trouble());
    return Array.from({ length: accounts?.differ === true ? accounts.count : 1 }, (_, index) => this.#quote(index));
  }

  /** The venue of each further account quotes a little higher, and cancels more slowly. */
  #quote(index: number): AccountMarket {
    const mid = this.#mid + index * STEP_BETWEEN_VENUES;
    const ticks = 1 + Math.floor(this.random() * 4);
    const px = (cents: number): Price => cached(PRICES, cents, () => new Dec(cents).div(100) as Price);
    const { lot } = this.scenario;
    const size = (): Quantity => new Dec(lot).mul(1 + Math.floor(this.random() * 4_000)) as Quantity;
    const side = (from: number, to: 1 | -1) => [0, 1, 2, 3].map((i) => ({ price: px(from + to * i), qty: size() }));
    return accountMarket(this.now, {
      instrument: { ...INSTRUMENT, lot: quantity(this.scenario.lot), minQty: quantity(this.scenario.lot) },
      bids: side(mid - ticks, -1),
      asks: side(mid, 1),
      medianMid: px(mid),
      cancelP99Ms: 200 + index * 2_000,
      ...this.#trouble(),
    });
  }

  #trouble(): Troubles {
    const { feed, budget } = this.disturbances;
    const stale = feed && this.random() < 0.1;
    return {
      bookAt: stale ? epochMs(this.now - Math.floor(this.random() * 9_000)) : this.now,
      feedLive: !(feed && this.random() < 0.05),
      mayPlace: !(feed && this.random() < 0.03),
      budgetFree: budget && this.random() < 0.3 ? this.random() * 0.5 : 1,
    };
  }

  /** What happened at the venue to one child since. */
  #venue(parent: ExecutionParent, child: ExecutionChild): ExecutionParent {
    const { unknowns, lateFills } = this.disturbances;
    const change = (to: (one: ExecutionChild) => ExecutionChild) => changeChild(parent, child.sequence, to);
    if (child.status === 'closed') {
      const open = child.orderQty.sub(child.cumQty);
      const late = lateFills && open.gt(0) && child.closeReason === 'canceled' && this.random() < 0.02;
      return late ? change((one) => fill(one, this.#part(one, open), one.price, this.now)) : parent;
    }
    if (this.#isAway && child.status === 'pending')
      return child.cancelRequestedAt === null ? parent : change((one) => close(one, 'canceled', 'unsent', this.now));
    if (unknowns && child.status !== 'unknown' && this.random() < 0.05)
      return change((one) => ({ ...one, status: 'unknown' }));
    if (unknowns && child.status === 'unknown' && this.random() < 0.7) return parent;
    if (child.status === 'pending' && this.random() < 0.03) return change((one) => this.#refuse(one));
    if (child.timeInForce === 'ioc') return change((one) => this.#takes(one));
    if (child.amending !== null && this.random() < 0.8) return change((one) => this.#amend(one));
    return change((one) => this.#rests(one));
  }

  #refuse(child: ExecutionChild): ExecutionChild {
    const postOnly = child.timeInForce === 'gtx' && this.random() < 0.7;
    return close(child, 'rejected', postOnly ? 'POST_ONLY_WOULD_CROSS' : '-1013', this.now);
  }

  /** Done, or refused by the venue. */
  #amend(child: ExecutionChild): ExecutionChild {
    const { amending } = child;
    const answered = { ...child, amending: null, amendedAt: this.now };
    if (amending === null || this.random() < 0.2 || amending.orderQty.lte(child.cumQty)) return answered;
    return { ...answered, price: amending.price, orderQty: amending.orderQty };
  }

  #takes(child: ExecutionChild): ExecutionChild {
    const full = this.random() < 0.6;
    const filled = full ? leaves(child) : this.#part(child, leaves(child));
    const done = filled.isZero() || this.random() < 0.1 ? child : fill(child, filled, child.price, this.now);
    return done.status === 'closed' ? done : close(done, 'expired', '', this.now);
  }

  #rests(child: ExecutionChild): ExecutionChild {
    if (child.cancelRequestedAt !== null && this.random() < 0.8) {
      const raced = this.random() < 0.2 ? fill(child, this.#part(child, leaves(child)), child.price, this.now) : child;
      return raced.status === 'closed' ? raced : close(raced, 'canceled', '', this.now);
    }
    if (this.random() < 0.005) return close(child, 'expired', '', this.now);
    if (this.random() >= this.scenario.fillRate) return { ...child, status: 'working' };
    return fill(child, this.random() < 0.7 ? leaves(child) : this.#part(child, leaves(child)), child.price, this.now);
  }

  /** At least one lot, at most all, in whole lots of the child's account. */
  #part({ accountId }: ExecutionChild, open: Decimal): Quantity {
    const lot = lotAt(this.scenario, accountsOf(this.scenario).indexOf(accountId));
    const lots = open.divToInt(lot).toNumber();
    return lot.mul(Math.max(1, Math.ceil(this.random() * lots))) as Quantity;
  }

  #client(parent: ExecutionParent): ExecutionParent {
    if (!this.disturbances.pauses || isFinal(parent.status)) return parent;
    if (parent.status === 'PAUSED') {
      if (this.random() < 0.5) return parent;
      const status = parent.finisherFrom === null ? 'ACTIVE' : 'FINISHER';
      return { ...parent, status, paused: parent.paused.map((one) => ({ ...one, to: one.to ?? this.now })) };
    }
    if (this.random() < 0.01) return { ...parent, status: 'CANCELED' };
    if (this.random() >= 0.03) return parent;
    return { ...parent, status: 'PAUSED', paused: [...parent.paused, { from: this.now, to: null }] };
  }
}
