import type { CustomerRecord } from '../accounts/customer.js';
import type { LedgerRecord } from '../spot/records.js';
import type { FuturesRecord } from '../usdm/ledger/records.js';

/** One fact as the journal and a dump of the state hold it: about customers, spot trading or USD-M trading. */
export type VenueRecord = CustomerRecord | LedgerRecord | FuturesRecord;
