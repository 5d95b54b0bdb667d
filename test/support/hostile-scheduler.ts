import {
  Dec,
  decimal,
  effectiveLimits,
  epochMs,
  lastGate,
  price,
  quantity,
  ZERO,
  type Decimal,
  type GateChild,
  type GateInput,
  type GateParent,
  type GateSibling,
  type TradingState,
} from '#domain';
import { child, instrument, LIVE, NOW, parent, reference, row } from './gate-input.js';
import { seededRandom } from './simulated-order.js';

/** What a scheduler gone wrong got out. */
export interface HostileRun {
  readonly tries: number;
  readonly out: number;
  /** Orders that left although they should not have, in words. */
  readonly wrong: readonly string[];
  /** Processor time that the gate took at most, for 99 of 100 tries, in milliseconds. */
  readonly p99Ms: number;
  /** How often each code stopped one. */
  readonly denied: ReadonlyMap<string, number>;
}

interface Book {
  readonly parent: GateParent;
  readonly siblings: GateSibling[];
}

const LIMITS = { maxQuantity: '6', maxNotional: '18000', exposure: '60000', messages: 20 };
const MID = new Dec(3000);

/**
 * Throws random children at the gate, mostly wrong in one way or another, fills and closes what gets out at random, and
 * judges each that leaves by rules written down here on their own.
 */
export function runHostileScheduler(tries: number, seed: number): HostileRun {
  const random = seededRandom(seed);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const limits = effectiveLimits(
    [
      row({
        maxQuantity: decimal(LIMITS.maxQuantity),
        maxNotional: decimal(LIMITS.maxNotional),
        maxAccountExposure: decimal(LIMITS.exposure),
        maxParentNotional: decimal('1000000'),
        allowed: ['ETHUSDT', 'BTCUSDT:buy'],
      }),
    ],
    LIVE,
  );
  const newBook = (): Book => ({
    parent: parent({
      status: pick(['ACTIVE', 'ACTIVE', 'ACTIVE', 'FINISHER', 'FINISHER', 'PAUSED', 'CANCELED', 'COMPLETE']),
      side: pick(['buy', 'sell']),
      orderQty: decimal(String(between(1, 30))),
      limitPrice: random() < 0.5 ? price((3000 + between(-2_000, 2_000) / 100).toFixed(2)) : null,
      endsAt: random() < 0.1 ? epochMs(NOW + between(-1, 1)) : null,
    }),
    siblings: [],
  });
  let books = Array.from({ length: 20 }, newBook);
  const denied = new Map<string, number>();
  const wrong: string[] = [];
  const took = new Float64Array(tries);
  let out = 0;
  for (let n = 0; n < tries; n += 1) {
    if (n % 500 === 0) books = books.map((book) => (random() < 0.3 ? newBook() : book));
    const book = pick(books);
    const side = book.parent.side ?? 'buy';
    const now: GateChild = child({
      sequence: book.siblings.length,
      side: random() < 0.95 ? side : side === 'buy' ? 'sell' : 'buy',
      symbol: random() < 0.97 ? 'ETHUSDT' : pick(['BTCUSDT', 'XRPUSDT']),
      accountId: random() < 0.97 ? 'a' : 'b',
      price: price(
        (3000 + between(-12_000, 12_000) / 100).toFixed(random() < 0.97 ? 2 : 3).replace(/\.(\d\d)0$/, '.$15'),
      ),
      orderQty: quantity(
        random() < 0.95 ? (between(1, 7_000) / 1000).toFixed(3) : (between(1, 90_000) / 10_000).toFixed(4),
      ),
      schemaVersion: random() < 0.99 ? 1 : 2,
      timeInForce: pick(['gtx', 'gtc', 'ioc']),
      decidedAt: epochMs(NOW - pick([0, 500, 10_000, 10_000, 10_001])),
      isReducing: side === 'sell' && random() < 0.5,
    });
    const open = books.reduce<Decimal>((sum, b) => sum.add(openValue(b.siblings)), ZERO);
    const input: GateInput = {
      parent: random() < 0.99 ? book.parent : null,
      child: now,
      siblings: book.siblings,
      instrument,
      limits,
      state: pick<TradingState>([
        'ACTIVE',
        'ACTIVE',
        'ACTIVE',
        'ACTIVE',
        'ACTIVE',
        'ACTIVE',
        'ACTIVE',
        'REDUCING',
        'HALTED',
      ]),
      reference: reference({
        at: epochMs(NOW - pick([0, 4_999, 5_000, 5_001])),
        ...(random() < 0.02 ? { bid: price('3000.02') } : {}),
        ...(random() < 0.02 ? { medianMid60: price('2800') } : {}),
      }),
      usage: { messages: between(0, 21), accountExposure: open, tenantExposure: open, quoteRate: new Dec(1) },
      now: NOW,
    };
    // On a machine with other work the time of the clock tells of that work.
    const began = process.cpuUsage();
    const { denial } = lastGate(input);
    const { user, system } = process.cpuUsage(began);
    took[n] = (user + system) / 1_000;
    if (denial !== null) {
      denied.set(denial.code, (denied.get(denial.code) ?? 0) + 1);
      continue;
    }
    out += 1;
    const faults = faultsOf(input, book);
    if (faults.length > 0) wrong.push(`try ${n}: ${faults.join(', ')}`);
    const filled = random() < 0.5 ? now.orderQty : quantity('0');
    book.siblings.push({
      sequence: now.sequence,
      open: random() < 0.2,
      price: now.price,
      orderQty: now.orderQty,
      cumQty: filled,
      cumNotional: filled.mul(now.price),
    });
  }
  return { tries, out, wrong, denied, p99Ms: took.sort()[Math.floor(tries * 0.99)] ?? Infinity };
}

const openValue = (siblings: readonly GateSibling[]): Decimal =>
  siblings.reduce<Decimal>((sum, s) => (s.open ? sum.add(s.orderQty.sub(s.cumQty).mul(s.price)) : sum), ZERO);

/** The rules once more, by somebody who has not read the gate. */
function faultsOf({ parent: p, child: c, state, reference: r, usage, now }: GateInput, book: Book): string[] {
  const faults: string[] = [];
  const must = (ok: boolean, what: string): void => {
    if (!ok) faults.push(what);
  };
  const value = c.price.mul(c.orderQty);
  must(p !== null && ['ACTIVE', 'FINISHER'].includes(p.status), 'parent does not live');
  must(c.side === book.parent.side && c.symbol === 'ETHUSDT' && c.accountId === 'a', 'not of its parent');
  must(book.parent.endsAt === null || now < book.parent.endsAt, 'after the end');
  const taken = book.siblings.reduce<Decimal>((sum, s) => sum.add(s.open ? s.orderQty : s.cumQty), c.orderQty);
  must(taken.lte(book.parent.orderQty ?? 0), 'more than the parent');
  const limit = book.parent.limitPrice;
  must(limit === null || (c.side === 'buy' ? c.price.lte(limit) : c.price.gte(limit)), 'beyond the limit price');
  must(c.side === 'buy' ? c.price.lte(MID.mul('1.03')) : c.price.gte(MID.mul('0.97')), 'outside the collar');
  must(c.price.mod('0.01').isZero() && c.orderQty.mod('0.001').isZero() && value.gte(5), 'against the instrument');
  must(c.orderQty.lte(LIMITS.maxQuantity) && value.lte(LIMITS.maxNotional), 'too large');
  must(c.isReducing || value.add(usage.accountExposure ?? 0).lte(LIMITS.exposure), 'too much exposure');
  must(usage.messages < LIMITS.messages, 'too many messages');
  must(state === 'ACTIVE' || (state === 'REDUCING' && c.isReducing), `while ${state}`);
  must(r !== null && now - r.at <= 5_000 && (r.bid?.lt(r.ask ?? 0) ?? false), 'by a bad reference');
  must(c.isReducing || r?.medianMid60?.eq(3000) === true, 'in a jump');
  must(c.schemaVersion === 1, 'of another version');
  must(c.timeInForce !== 'ioc' || now - c.decidedAt <= 10_000, 'taken on a price of long ago');
  return faults;
}
