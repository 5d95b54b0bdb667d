import { err, ok, type Result } from '#domain';
import { parseOrderRequest, type FieldErrors, type JsonObject } from '#order-intake';
import type { EpochMicros, VenueAccount } from '#persistence';

/** An order that the algorithm would be for. */
export interface OrderToBe {
  readonly pair: string;
  readonly accountName: string;
  readonly now: EpochMicros;
}

const IGNORED = /^unknown field '(.*)' was ignored$/;

/**
 * Judges the fields by which a parent order says how it is worked, as those of an order would be. Pure. What an order
 * would only ignore is a fault here.
 * @param fields without those that say what is traded
 * @returns warnings; errors are keyed by field
 */
export function judgeAlgorithm(
  fields: JsonObject,
  { pair, accountName, now }: OrderToBe,
): Result<readonly string[], FieldErrors> {
  const account = { name: accountName, isArchived: false, routes: [] } as Partial<VenueAccount> as VenueAccount;
  const body = { ...fields, accounts: [accountName], pair, side: 'buy', base_asset_qty: '1' };
  const parsed = parseOrderRequest(body, {
    now,
    accounts: [account],
    prices: { find: () => err('no conditions here') },
  });
  if (!parsed.ok) return parsed;
  const { warnings } = parsed.value;
  const ignored = warnings.flatMap((text) => IGNORED.exec(text)?.[1] ?? []);
  if (ignored.length === 0) return ok(warnings);
  return err(Object.fromEntries(ignored.map((field) => [field, [`${field} is not a field here`]])));
}
