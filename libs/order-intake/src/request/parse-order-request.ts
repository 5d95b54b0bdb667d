import { err, ok, type Result } from '#domain';
import type { FieldErrors } from '../order-refusal.js';
import type { JsonObject } from '../json/json-body.js';
import { ORDER_FIELDS } from './order-fields.js';
import { OrderReading, type OrderRequest, type ParseContext } from './order-request.js';

const KNOWN = new Set(ORDER_FIELDS.map((field) => field.name));

/**
 * Reads the body of `POST /api/orders/` (order-api.md 3.2). Pure. All faults are found in one pass, keyed by field in
 * the order of the table; unknown fields are ignored and named in the warnings.
 */
export function parseOrderRequest(body: JsonObject, context: ParseContext): Result<OrderRequest, FieldErrors> {
  const reading = new OrderReading(body, context);
  for (const field of ORDER_FIELDS) field.read(reading, body[field.name]);
  for (const name of Object.keys(body)) if (!KNOWN.has(name)) reading.ignore(name);
  reading.countIgnored();
  if (Object.keys(reading.errors).length > 0) return err(reading.errors);
  return ok({ ...(reading.draft as OrderRequest), warnings: reading.warnings });
}
