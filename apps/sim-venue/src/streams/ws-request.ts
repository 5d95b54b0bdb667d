/** A request of a WebSocket API. */
export interface WsRequest {
  readonly id: string | number | null;
  /** Without the version that may stand before it. */
  readonly method: string;
  /** Numbers, booleans and lists as the text that their JSON is. */
  readonly params: ReadonlyMap<string, string>;
  /** As received. */
  readonly text: string;
}

/** Why a message is no request; the reply says so. */
export interface BadRequest {
  readonly id: WsRequest['id'];
  readonly code: number;
  readonly msg: string;
}

const ID_RANGE = "^[a-zA-Z0-9-_]{1,36}$' or a whole number or 'null";
const ID_FORM = /^[a-zA-Z0-9-_]{1,36}$/;

/** @param text of the frame; null: it was binary */
export function readRequest(text: string | null): WsRequest | BadRequest {
  if (text === null) return badJson('a request must be a text frame');
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return badJson('Invalid JSON Request');
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return badJson('Invalid JSON Request');
  const { id = null, method, params = {} } = message as Record<string, unknown>;
  if (!isId(id))
    return {
      id: null,
      code: -1100,
      msg: `Illegal characters found in parameter 'id'; legal range is '${ID_RANGE}'.`,
    };
  if (typeof method !== 'string' || method === '')
    return { id, code: -1102, msg: "Mandatory parameter 'method' was not sent, was empty/null, or malformed." };
  if (typeof params !== 'object' || params === null || Array.isArray(params))
    return { id, code: -1100, msg: "Illegal characters found in parameter 'params'; expected an object." };
  const byName = Object.entries(params).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return { id, method, params: new Map(byName), text };
}

/** What WebSocket API clients sign: parameters but the signature, sorted by name. */
export function sortedText(params: ReadonlyMap<string, string>): string {
  return [...params]
    .filter(([name]) => name !== 'signature')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function isId(id: unknown): id is WsRequest['id'] {
  if (typeof id === 'string') return ID_FORM.test(id);
  return id === null || Number.isSafeInteger(id);
}

const badJson = (msg: string): BadRequest => ({ id: null, code: -1135, msg });
