import type { Customer } from '../accounts/customer.js';
import type { RestReply } from '../rest/rest-api.js';
import type { Connection } from './connection.js';
import { SESSION_METHODS } from './ws-methods.js';
import type { WsSubscriptions } from './ws-subscriptions.js';

/** Who a WebSocket API connection is, and what became of it. */
export class WsSession {
  /** Who logged on; null: nobody. */
  customer: Customer | null = null;
  #since: number | null = null;

  constructor(
    private readonly connection: Connection,
    readonly subscriptions: WsSubscriptions,
    /** Whether replies tell the limits unless a request says otherwise. */
    readonly returnRateLimits: boolean,
    private readonly now: () => number,
  ) {}

  /**
   * Does what a method of the session does, after everything about the request was found right.
   *
   * @param caller who asked; null: nobody had to say
   * @returns the reply
   */
  run(method: string, params: ReadonlyMap<string, string>, caller: Customer | null, reply: RestReply): RestReply {
    if (reply.status !== 200) return reply;
    const answer = (body: unknown): RestReply => ({ ...reply, body });
    switch (method) {
      case SESSION_METHODS.logon:
        this.customer = caller;
        this.#since = this.now();
        return answer(this.#state());
      case SESSION_METHODS.status:
        return answer(this.#state());
      case SESSION_METHODS.logout:
        this.subscriptions.endSession();
        this.customer = null;
        this.#since = null;
        return answer(this.#state());
      case SESSION_METHODS.subscriptions:
        return answer(this.subscriptions.ids.map((subscriptionId) => ({ subscriptionId })));
      case SESSION_METHODS.subscribe:
      case SESSION_METHODS.subscribeSigned: {
        if (caller === null) return reply;
        const by = method === SESSION_METHODS.subscribe ? 'session' : 'signature';
        const subscriptionId = this.subscriptions.subscribe(caller.id, by);
        return subscriptionId === null
          ? refused(reply, -2035, 'User Data Stream subscription already active.')
          : answer({ subscriptionId });
      }
      case SESSION_METHODS.unsubscribe: {
        const id = params.get('subscriptionId');
        return this.subscriptions.unsubscribe(id === undefined ? null : Number(id))
          ? answer({})
          : refused(reply, -2036, 'User Data Stream subscription not active.');
      }
      default:
        return reply;
    }
  }

  #state(): Record<string, unknown> {
    return {
      apiKey: this.customer?.apiKey ?? null,
      authorizedSince: this.#since,
      connectedAt: this.connection.openedAt,
      returnRateLimits: this.returnRateLimits,
      serverTime: this.now(),
      userDataStream: this.subscriptions.ids.length > 0,
    };
  }
}

function refused(reply: RestReply, code: number, msg: string): RestReply {
  return { ...reply, status: 400, body: { code, msg } };
}
