export { acceptOrder } from './accept-order.js';
export type { World } from './admission/admit-order.js';
export { estimateMs } from './admission/estimate-duration.js';
export { freshMid } from './admission/fresh-mid.js';
export type { MidPrice, MidPrices } from './admission/mid-prices.js';
export { readEcho, writeEcho } from './admission/request-echo.js';
export { finestOf, leastPrice, toLots, toTick, whyTooLarge } from './admission/round-to-steps.js';
export { uuidV7 } from './admission/uuid-v7.js';
export { assertRoom } from './assert-room.js';
export { asTrade, type AskedOrder } from './checks/check-admitted.js';
export { assertUnrestricted, type RestrictedOrder } from './checks/check-restrictions.js';
export type { OrderVenue } from './checks/order-venue.js';
export { refuseBasket, refuseDenied, type JudgedOrder } from './checks/refuse-denied.js';
export { leverageBound } from './checks/refuse-leverage.js';
export { claimCustomId } from './claim-custom-id.js';
export { parseContext, type IntakeWorld } from './intake-world.js';
export {
  decodeUtf8,
  isJsonObject,
  parseJsonBody,
  parseJsonText,
  type JsonObject,
  type JsonValue,
} from './json/json-body.js';
export { jsonText } from './json/json-text.js';
export { OrderRefusal, type FieldErrors } from './order-refusal.js';
export { readNumber, readRange } from './request/field-readers.js';
export { ORDER_FIELDS } from './request/order-fields.js';
export { OrderReading, type FieldSpec, type OrderRequest, type ParseContext } from './request/order-request.js';
export { marketTypeOfPair, PAIR_TEXT } from './request/pairs.js';
export { parseOrderRequest } from './request/parse-order-request.js';
export { priceSources } from './request/price-sources.js';
export {
  isStorable,
  readDecimal,
  readInteger,
  readTimeMicros,
  shown,
  showName,
  toEpochMs,
} from './request/read-values.js';
export { findStrategy, findSuperStrategy, strategyOf, type ChosenStrategy } from './request/strategies.js';
export { INTERVAL_MINUTES, readTargetTime, WINDOW_SCHEMA } from './request/strategy-params.js';
export { MIN_DISCRETION } from './request/trajectory-fields.js';
export { unknownAccount } from './request/unknown-account.js';
export { takeOrder } from './take-order.js';
