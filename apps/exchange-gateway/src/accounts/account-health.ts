import { errorShare, HEALTHY, noteCall, type Ban, type CallHealth, type Clock, type VenueId } from '#domain';
import { callVerdict, type FailedCall, type ProtocolId } from '#venues';

/** Bans of an address hold for every account of a venue that leaves by it. */
export class AddressBans {
  private readonly bans = new Map<VenueId, Ban>();

  add(venue: VenueId, ban: Ban): void {
    const known = this.bans.get(venue);
    if (known === undefined || known.until < ban.until) this.bans.set(venue, ban);
  }

  get(venue: VenueId): Ban | null {
    return this.bans.get(venue) ?? null;
  }
}

/** What the calls of one account have shown of it lately; every call reports here. */
export class AccountHealth {
  private health: CallHealth = HEALTHY;
  private changed: () => void = () => undefined;

  constructor(
    private readonly venue: VenueId,
    private readonly protocol: ProtocolId,
    private readonly addressBans: AddressBans,
    private readonly clock: Clock,
  ) {}

  /** @param failure null for a call that succeeded */
  note(failure: FailedCall | null): void {
    const now = this.clock.now();
    const verdict = callVerdict(this.protocol, failure, now);
    if (verdict === null) return;
    if (verdict.kind === 'banned' && verdict.ban.scope === 'ip') this.addressBans.add(this.venue, verdict.ban);
    const before = this.health;
    this.health = noteCall(before, verdict, now);
    const { ban, keyRejected, maintenance } = this.health;
    if (ban !== before.ban || keyRejected !== before.keyRejected || maintenance !== before.maintenance) this.changed();
  }

  /** Tells of a ban, a rejected key or maintenance, and of their end by a call, when it is seen. */
  onChange(changed: () => void): void {
    this.changed = changed;
  }

  get keyRejected(): string | null {
    return this.health.keyRejected;
  }

  /** The ban that holds now; null for none. */
  get ban(): Ban | null {
    const now = this.clock.now();
    const ofAddress = this.addressBans.get(this.venue);
    return [ofAddress, this.health.ban].find((ban) => ban !== null && now < ban.until) ?? null;
  }

  get maintenance(): string | null {
    const { maintenance } = this.health;
    return maintenance !== null && this.clock.now() < maintenance.until ? maintenance.reason : null;
  }

  get errorShare(): number | null {
    return errorShare(this.health, this.clock.now());
  }
}
