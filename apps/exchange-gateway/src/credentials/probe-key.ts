import type { Clock, VenueId } from '#domain';
import { callVerdict } from '#venues';
import type { VenueDesk } from '../accounts/account-sessions.js';
import { BudgetedSession } from '../venue/budgeted-session.js';
import { payNow } from '../venue/pay-now.js';
import type { CredentialIntakeParts } from './credential-intake.js';

/** Asks the venue, with the key itself and within the budget, what the key may do; the session is closed afterwards. */
export function probeKey(desks: ReadonlyMap<VenueId, VenueDesk>, clock: Clock): CredentialIntakeParts['probe'] {
  return async (venueId, accountId, credential) => {
    const desk = desks.get(venueId);
    if (desk === undefined) return { kind: 'failed', text: `no venue ${venueId}` };
    const { venue, offset, budget } = desk;
    if (!offset.isKnown()) await desk.measureTime('probe');
    const session = new BudgetedSession(
      await venue.connect({ accountId, ...credential }, offset, undefined, payNow(desk)),
      budget,
      accountId,
      venue.profile,
      clock,
    );
    try {
      const settings = await session.accountSettings('query');
      if (settings.kind === 'ok') return { kind: 'told', permissions: settings.value.permissions };
      if (settings.why.code === 'BUDGET') return { kind: 'waits' };
      const verdict = callVerdict(venue.profile.protocol, settings, clock.now());
      const text = `${settings.why.code}: ${settings.why.text}`;
      return verdict?.kind === 'key_refused' ? { kind: 'key_refused', text } : { kind: 'failed', text };
    } finally {
      await session.close();
    }
  };
}
