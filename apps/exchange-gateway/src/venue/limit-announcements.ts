import type { Scopes } from '#domain';
import type { Logger } from '#observability';
import type { LimitChange, RateLimitChangeRepository } from '#persistence';
import {
  announcedFigures,
  askCall,
  askEverySec,
  type FigureInForce,
  type RateBudget,
  type Venue,
  type VenueLimits,
} from '#venues';

/** A raise is believed when it is read again after this long (venues.md B3); a little more, for clocks. */
const CONFIRM_RAISE_MS = 61_000;
/** A raise that somebody else has confirmed meanwhile must not be asked for for ever. */
const MOST_CONFIRMATIONS = 2;
/** After a call that was refused or failed. */
const RETRY_MS = 5_000;

export interface LimitAnnouncementsParts {
  readonly venue: Pick<Venue, 'id' | 'announcedLimits'>;
  readonly limits: VenueLimits;
  /** Whom the venue tells its figures for; default everybody. */
  readonly scopes?: Scopes;
  /**
   * The venue's limits as they ship, without the file of the installation, which is noted once; absent where somebody
   * else notes it.
   */
  readonly shipped?: VenueLimits;
  readonly budget: Pick<RateBudget, 'announce' | 'reserve' | 'settle'>;
  readonly audit: Pick<RateLimitChangeRepository, 'addAnnounced' | 'noteConfigured'>;
  readonly logger: Logger;
  /** Default `performance.now()`. */
  readonly monotonicMs?: () => number;
}

/** Asks one venue for its own figures, at a start and again and again, and keeps every change as an audit row. */
export class LimitAnnouncements {
  private readonly monotonicMs: () => number;
  private nextAt = 0;
  private confirmations = 0;
  private isNoted = false;
  /** Changes that no row tells yet. */
  private unwritten: LimitChange[] = [];

  constructor(private readonly parts: LimitAnnouncementsParts) {
    this.monotonicMs = parts.monotonicMs ?? (() => performance.now());
  }

  /** Does what is due; to be called often. */
  async run(): Promise<void> {
    const { shipped, limits, audit } = this.parts;
    if (!this.isNoted && shipped !== undefined) await audit.noteConfigured(configuredFigures(shipped, limits));
    this.isNoted = true;
    await this.write();
    const everySec = askEverySec(this.parts.limits);
    if (everySec === null || this.parts.venue.announcedLimits === undefined || this.monotonicMs() < this.nextAt) return;
    this.nextAt = this.monotonicMs() + RETRY_MS;
    const found = await this.ask();
    if (found === null) return;
    const isRaised = found.some(({ told, after }) => told > after);
    this.confirmations = isRaised ? this.confirmations + 1 : 0;
    const soon = isRaised && this.confirmations <= MOST_CONFIRMATIONS;
    this.nextAt = this.monotonicMs() + (soon ? CONFIRM_RAISE_MS : everySec * 1_000);
    await this.write();
  }

  /**
   * Asks again at the next run: the shared state was lost, and with it what the venue announced, or its own count of a
   * limit should be read.
   */
  askSoon(): void {
    this.nextAt = 0;
  }

  private async ask(): Promise<readonly FigureInForce[] | null> {
    const { venue, limits, budget, logger, scopes = {} } = this.parts;
    const call = askCall(limits);
    if (call === null || venue.announcedLimits === undefined) return null;
    const asked = await budget.reserve(call, scopes, 'query');
    const reserved = asked.granted || asked.cold.length === 0 ? asked : await budget.reserve(call, scopes, 'probe');
    if (!reserved.granted) return null;
    const answer = await venue.announcedLimits();
    const figures = answer.kind === 'ok' ? answer.value : [];
    const told = Object.fromEntries(figures.flatMap((figure) => Object.entries(figure.told ?? {})));
    await budget.settle(reserved.token, answer.kind === 'ok' ? 'success' : 'failure', { ...answer.meta, told });
    if (answer.kind !== 'ok') {
      logger.warn({ venue: venue.id, ...answer.why }, 'the venue did not tell its limits');
      return null;
    }
    try {
      const found = await budget.announce(announcedFigures(limits, answer.value), scopes);
      this.note(found);
      return found;
    } catch (error) {
      logger.warn({ venue: venue.id, err: error }, 'the venue told limits that cannot be');
      return null;
    }
  }

  /** Keeps what changed, to be written at the next run. */
  note(found: readonly FigureInForce[]): void {
    for (const { limit, scope, what, before, after, told } of found) {
      if (before === after) continue;
      this.parts.logger.info(
        { venue: this.parts.venue.id, limit, scope, what, before, after, told },
        'the venue changed a limit',
      );
      this.unwritten.push({ limit, scope, before: { [what]: before }, after: { [what]: after } });
    }
  }

  private async write(): Promise<void> {
    if (this.unwritten.length === 0) return;
    const changes = this.unwritten;
    await this.parts.audit.addAnnounced(changes);
    this.unwritten = this.unwritten.filter((change) => !changes.includes(change));
  }
}

/** Every limit as it ships and as it is configured; null where it is only one of the two. */
function configuredFigures(shipped: VenueLimits, configured: VenueLimits): Omit<LimitChange, 'scope'>[] {
  const ids = new Set([...shipped.definitions, ...configured.definitions].map(({ id }) => id));
  const figures = (limits: VenueLimits, id: string): LimitChange['before'] => {
    const found = limits.definitions.find((definition) => definition.id === id);
    if (found === undefined) return null;
    const tier = limits.tier === undefined ? undefined : found.tier?.[limits.tier];
    return { kind: found.kind, ...found.params, ...tier };
  };
  return [...ids].map((limit) => ({ limit, before: figures(shipped, limit), after: figures(configured, limit) }));
}
