import type { TenantId } from '#domain';
import { AccountSettingsRepository, type AcceptedOrder, type Tx } from '#persistence';
import { OrderRefusal } from '../order-refusal.js';
import { readEcho } from '../admission/request-echo.js';

/**
 * An account that holds both sides of a position must be told which one an order is for (order-api.md 3.2).
 * @param prefix where the order stands in the request
 * @throws OrderRefusal `invalid` naming the first such account
 */
export async function requirePositionSide(
  tx: Tx,
  tenantId: TenantId,
  order: AcceptedOrder,
  prefix = '',
): Promise<void> {
  const { record, legs, positionSide } = order;
  if (positionSide !== null || record.marketType === 'spot') return;
  const settings = new AccountSettingsRepository(tx, tenantId);
  for (const [i, { accountId }] of legs.entries()) {
    const { hedgeMode } = await settings.read(accountId);
    if (!hedgeMode) continue;
    const name = readEcho(record.requestJson).accounts[i]?.name ?? accountId;
    const text = `pos_side is required for account '${name}', which is in hedge mode`;
    throw OrderRefusal.ofFields({ [`${prefix}pos_side`]: [text] });
  }
}
