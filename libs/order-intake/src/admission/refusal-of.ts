import type { JsonObject } from '../json/json-body.js';
import { sizeFieldOf } from '../request/order-fields.js';
import { OrderRefusal } from '../order-refusal.js';
import type { AdmissionRefusal } from './admit-order.js';

/** Names the field at fault wherever there is one, so that a form can show the text beside it. */
export function refusalOf(refusal: AdmissionRefusal, body: JsonObject, prefix = ''): OrderRefusal {
  const { code, text } = refusal;
  switch (code) {
    case 'invalid':
      return OrderRefusal.ofFields({ [`${prefix}${refusal.field}`]: [text] });
    case 'too_large':
      return OrderRefusal.ofFields({ [`${prefix}${sizeFieldOf(body)}`]: [`${sizeFieldOf(body)} ${text}`] });
    case 'no_market_data':
      return new OrderRefusal(code, text, { retryAfterSeconds: 1 });
    case 'pair_not_available':
      return new OrderRefusal(code, text, { errors: { [`${prefix}pair`]: [text] } });
    case 'below_minimum':
      return new OrderRefusal(code, text, { errors: { [`${prefix}${sizeFieldOf(body)}`]: [text] } });
  }
}
