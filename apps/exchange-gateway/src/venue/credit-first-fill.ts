import { addMs, type VenueId } from '#domain';
import { accountScopes } from '#venues';
import type { VenueDesk } from '../accounts/account-sessions.js';
import type { FirstBooked } from '../orders/booking.js';

/**
 * Tells the budget of first fills, however they were found: in a reply, by a stream, or by asking (venues.md B3). The venue took
 * the order after it was claimed, so the time of the claim, as early as the clocks allow, credits no window that the
 * venue may not have counted it in. The budget credits an order once, whoever else tells of it.
 */
export function creditFirstFill(
  desks: ReadonlyMap<VenueId, Pick<VenueDesk, 'venue' | 'offset' | 'budget'>>,
): (fill: FirstBooked) => void {
  return ({ accountId, venue: venueId, symbol, venueOrderId, claimedAt, filledAt }) => {
    const desk = desks.get(venueId);
    if (desk === undefined) return;
    const { budget, offset, venue } = desk;
    void budget.creditFill(venue.profile.calls.place, accountScopes(accountId, symbol), {
      orderId: `${symbol}/${venueOrderId}`,
      placedAt: addMs(claimedAt, offset.offsetMs() - offset.errorMs()),
      filledAt,
    });
  };
}
