import { setTimeout as sleep } from 'node:timers/promises';
import type { Finish, RestReply } from '../rest/rest-api.js';
import type { ProductName } from '../floor/product.js';
import type { FaultBook } from './fault-book.js';
import type { FaultOf, FaultRule } from './fault-rules.js';

/** What goes out instead of a plain reply. */
export type FaultyAnswer =
  | { readonly kind: 'reply'; readonly reply: RestReply }
  | { readonly kind: 'raw'; readonly status: number; readonly contentType: string; readonly body: string }
  | { readonly kind: 'destroy' }
  | { readonly kind: 'hold' };

const HTML = (status: number): FaultyAnswer => ({
  kind: 'raw',
  status,
  contentType: 'text/html',
  body: `<html><head><title>${status}</title></head><body><center><h1>${status}</h1></center></body></html>\n`,
});

/** What -1008 says; both as the vendor documents them. */
const OVERLOADED: Readonly<Record<ProductName, string>> = {
  spot: 'Server is currently overloaded with other requests. Please try again in a few minutes.',
  usdm: 'Request throttled by system-level protection. Reduce-only/close-position orders are exempt. Please try again.',
};
const USDM_503 = {
  before: 'Service Unavailable.',
  after: 'Unknown error, please check your request or try again later.',
};

/**
 * Answers one request under the faults that fired for it, in the order of a request's life: before it is looked at,
 * between the time checks, and after the exchange has done its part.
 */
export async function answerUnderFaults(
  faults: readonly FaultRule[],
  book: FaultBook,
  product: ProductName,
  begin: () => Finish,
): Promise<FaultyAnswer> {
  const of = <Kind extends FaultRule['fault']>(kind: Kind): FaultOf<Kind> | undefined =>
    faults.find((rule): rule is FaultOf<Kind> => rule.fault === kind);
  const latency = async (when: string): Promise<void> => {
    for (const rule of faults)
      if (rule.fault === 'latency' && rule.args.when === when) await sleep(book.length(rule.args));
  };

  await latency('before');
  if (of('drop_request')) return { kind: 'destroy' };
  const early = beforeAcceptance(product, of('status'), of('timeout_code'), of('limit'));
  if (early !== null) {
    await sleep(early.waitMs);
    return early.answer;
  }
  const finish = begin();
  await latency('queue');
  const reply = finish();
  await latency('after');
  const delay = of('delay');
  if (delay) await sleep(book.length(delay.args));
  return afterAcceptance(product, reply, of);
}

function beforeAcceptance(
  product: ProductName,
  status: FaultOf<'status'> | undefined,
  timeout: FaultOf<'timeout_code'> | undefined,
  limit: FaultOf<'limit'> | undefined,
): { waitMs: number; answer: FaultyAnswer } | null {
  if (status?.args.when === 'before') return { waitMs: 0, answer: statusAnswer(product, status) };
  if (timeout?.args.accepted === false) return { waitMs: timeout.args.ms, answer: timeoutAnswer(timeout) };
  if (limit === undefined || !('status' in limit.args)) return null;
  const { status: code, retryAfter } = limit.args;
  const msg = code === 429 ? 'Too much request weight used.' : 'Way too much request weight used; IP banned.';
  const headers = { 'Retry-After': String(retryAfter) };
  return { waitMs: 0, answer: { kind: 'reply', reply: { status: code, headers, body: { code: -1003, msg } } } };
}

async function afterAcceptance(
  product: ProductName,
  reply: RestReply,
  of: <Kind extends FaultRule['fault']>(kind: Kind) => FaultOf<Kind> | undefined,
): Promise<FaultyAnswer> {
  const dropped = of('drop_reply');
  if (dropped) return { kind: dropped.args.how };
  const status = of('status');
  if (status) return statusAnswer(product, status);
  const timeout = of('timeout_code');
  if (timeout) {
    await sleep(timeout.args.ms);
    return timeoutAnswer(timeout);
  }
  const garble = of('garble');
  return garble ? garbled(reply, garble.args.how) : { kind: 'reply', reply };
}

function statusAnswer(product: ProductName, { args: { status, code, when } }: FaultOf<'status'>): FaultyAnswer {
  const json = (body: unknown): FaultyAnswer => ({ kind: 'reply', reply: { status, headers: {}, body } });
  if (code === -1008) return json({ code, msg: OVERLOADED[product] });
  if (status === 500) return json({ code: -1000, msg: 'An unknown error occurred while processing the request.' });
  // Of its 503s, USD-M says by their text which of them certainly did nothing.
  if (status === 503 && product === 'usdm') return json({ code: -1000, msg: USDM_503[when] });
  return HTML(status);
}

function timeoutAnswer({ args: { code } }: FaultOf<'timeout_code'>): FaultyAnswer {
  const msg =
    code === -1007
      ? 'Timeout waiting for response from backend server. Send status unknown; execution status unknown.'
      : 'An unexpected response was received from the message bus. Execution status unknown.';
  return { kind: 'reply', reply: { status: 408, headers: {}, body: { code, msg } } };
}

function garbled(reply: RestReply, how: FaultOf<'garble'>['args']['how']): FaultyAnswer {
  const raw = (body: string): FaultyAnswer => ({
    kind: 'raw',
    status: reply.status,
    contentType: 'application/json;charset=UTF-8',
    body,
  });
  const text = JSON.stringify(reply.body);
  if (how === 'truncated') return raw(text.slice(0, Math.ceil(text.length / 2)));
  if (how === 'wrong_type') return raw(JSON.stringify(text));
  if (how === 'empty') return raw('');
  const { orderId: _, ...rest } = reply.body as Record<string, unknown>;
  return raw(JSON.stringify(rest));
}
