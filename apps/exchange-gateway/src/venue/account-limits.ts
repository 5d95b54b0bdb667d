import type { Logger } from '#observability';
import { accountScopes, askCall, type RateBudget, type Venue, type VenueLimits, type VenueSession } from '#venues';
import { LimitAnnouncements, type LimitAnnouncementsParts } from './limit-announcements.js';

export interface AccountLimitsParts {
  readonly accountId: string;
  readonly venue: Pick<Venue, 'id'>;
  readonly limits: VenueLimits;
  readonly session: Pick<VenueSession, 'announcedLimits'>;
  readonly budget: Pick<RateBudget, 'announce' | 'reserve' | 'settle'>;
  readonly audit: LimitAnnouncementsParts['audit'];
  readonly logger: Logger;
}

/**
 * The limits that a venue tells an account alone (venues.md B3): asked for at the session's start, as often as they want
 * it, and when the venue's own count should be read. One question at a time, and none holds up anything else.
 */
export class AccountLimits {
  private readonly announcements: LimitAnnouncements | null;
  private asking: Promise<void> | null = null;

  constructor(private readonly parts: AccountLimitsParts) {
    const { accountId, venue, session, limits, budget, audit, logger } = parts;
    const ask = session.announcedLimits?.bind(session);
    this.announcements =
      ask === undefined
        ? null
        : new LimitAnnouncements({
            venue: { id: venue.id, announcedLimits: ask },
            limits,
            scopes: accountScopes(accountId),
            budget,
            audit,
            logger,
          });
  }

  /** Asks what is due. */
  ask(): void {
    this.asking ??=
      this.announcements
        ?.run()
        .catch((error: unknown) => {
          const { accountId, logger } = this.parts;
          logger.warn({ accountId, err: error }, 'limits of the account not asked or not written down');
        })
        .finally(() => (this.asking = null)) ?? null;
  }

  /** The venue's own count should be read now. */
  askSoon(): void {
    this.announcements?.askSoon();
    this.ask();
  }

  /** Counts may be lost: asks now where the answer tells one, as of a limit for life, which no time sets again. */
  askLostCounts(): void {
    const { limits } = this.parts;
    const call = askCall(limits);
    if (call !== null && limits.definitions.some(({ read }) => read?.some((rule) => rule.call === call)))
      this.askSoon();
  }
}
