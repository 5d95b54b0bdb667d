import {
  effectiveLimits,
  fault,
  lastGate,
  ZERO,
  type Decimal,
  type Denial,
  type GateChild,
  type GateReference,
  type GateVerdict,
  type Price,
  type Quantity,
  type VenueId,
} from '#domain';
import { RiskRepository, type DatabaseClock, type GateFacts, type StoredChildOrder, type Tx } from '#persistence';
import type { Logger } from '#observability';
import type { ReferencePrices } from '#venues';
import type { GatewayMetrics } from '../gateway-metrics.js';

/** What the gate knew before its transaction: the market, and what an asset is worth. */
export interface MarketBefore {
  readonly reference: GateReference | null;
  rateOf(asset: string): Decimal | null;
}

/** An account that only reports writes one row per control in this time; every case is counted. */
const REPORT_EVERY_MS = 10_000;

const NOT_OF_KEY = 'the account’s venue key is for other instruments';

/** Runs the last gate on what a claim's transaction read, and stores what it says. */
export class OrderGate {
  private readonly reportedAt = new Map<string, number>();

  constructor(
    private readonly clock: DatabaseClock,
    private readonly references: Pick<ReferencePrices, 'of' | 'rateOf'>,
    private readonly simulated: (venue: VenueId) => boolean,
    private readonly metrics: GatewayMetrics,
    private readonly logger: Logger,
  ) {}

  isSimulated(venue: VenueId): boolean {
    return this.simulated(venue);
  }

  /** To be asked for before the transaction is open. */
  marketOf(venue: VenueId, symbol: string): MarketBefore {
    return { reference: this.references.of(venue, symbol), rateOf: (asset) => this.references.rateOf(asset) };
  }

  /** Judges a child, as it is or as it would be after an amend. */
  judge(
    child: StoredChildOrder,
    facts: GateFacts,
    market: MarketBefore,
    over: { readonly orderQty?: Quantity; readonly price?: Price } = {},
  ): GateVerdict {
    if (!facts.keyAllows) return { denial: fault('INSTRUMENT_RULE', NOT_OF_KEY, null, child.symbol), reports: [] };
    const end = this.metrics.riskSeconds.startTimer();
    const verdict = lastGate({
      parent: facts.parent,
      child: gateChild(child, facts, over),
      siblings: facts.siblings,
      instrument: facts.instrument,
      limits: effectiveLimits(facts.limits, {
        isSimulated: this.simulated(child.venue),
        venueMessagesPerSecond: null,
      }),
      state: facts.state,
      reference: market.reference,
      usage: {
        messages: facts.messages,
        accountExposure: inReporting(facts, market, (v) => v.ofAccount),
        tenantExposure: inReporting(facts, market, (v) => v.ofTenant),
        quoteRate: facts.instrument === null ? null : market.rateOf(facts.instrument.quote),
      },
      now: this.clock.now(),
    });
    end();
    return verdict;
  }

  /** Stores what stopped the child, and what would have. */
  async store(tx: Tx, child: StoredChildOrder, { denial, reports }: GateVerdict): Promise<void> {
    const repository = new RiskRepository(tx, child.tenantId);
    for (const report of reports) await this.report(repository, child, report);
    if (denial === null) return;
    this.metrics.denied.inc({ reason: denial.code });
    this.logger.error({ clientOrderId: child.order.clientOrderId, ...denial }, 'child order denied');
    await repository.deny(child, denial, true);
  }

  private async report(repository: RiskRepository, child: StoredChildOrder, report: Denial): Promise<void> {
    this.metrics.riskReported.inc({ reason: report.code });
    const key = `${child.accountId} ${report.code}`;
    const now = performance.now();
    if (now - (this.reportedAt.get(key) ?? -Infinity) < REPORT_EVERY_MS) return;
    this.reportedAt.set(key, now);
    this.logger.warn({ clientOrderId: child.order.clientOrderId, ...report }, 'beyond a limit that is only reported');
    await repository.deny(child, report, false);
  }
}

function gateChild(
  child: StoredChildOrder,
  facts: GateFacts,
  over: { readonly orderQty?: Quantity; readonly price?: Price },
): GateChild {
  const isSpotSell = child.side === 'sell' && facts.instrument?.marketType === 'spot';
  return {
    sequence: child.sequence,
    accountId: child.accountId,
    symbol: child.symbol,
    side: child.side,
    timeInForce: child.timeInForce,
    price: over.price ?? child.price,
    orderQty: over.orderQty ?? child.order.orderQty,
    schemaVersion: child.schemaVersion,
    decidedAt: child.createdAt,
    isReducing: child.reduceOnly || isSpotSell,
  };
}

function inReporting(
  facts: GateFacts,
  market: MarketBefore,
  of: (value: GateFacts['openValues'][number]) => Decimal,
): Decimal | null {
  let sum: Decimal = ZERO;
  for (const value of facts.openValues) {
    const rate = market.rateOf(value.quote);
    if (rate === null) return null;
    sum = sum.add(of(value).mul(rate));
  }
  return sum;
}
