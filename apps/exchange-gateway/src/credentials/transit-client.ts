import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { KeyServiceError } from './key-wrapper.js';

export interface TransitOptions {
  /** Address of the server, or with a path, of the engine itself: `https://vault:8200/v1/transit`. */
  readonly url: string;
  /** Read before each call: an agent may renew what it holds. */
  readonly tokenFile: string;
  readonly timeoutMs: number;
}

const ENGINE = '/v1/transit';
/** Answers are a few hundred bytes. */
const MAX_REPLY_BYTES = 64 * 1_024;
const MOST_TEXT = 200;

/** Words of the engine that are about the ciphertext itself, in its old and its new versions. */
const DOES_NOT_OPEN = /message authentication failed|invalid ciphertext|version is disallowed by policy/;
const KEY_GONE = /key not found/;

const errorsReply = z.object({ errors: z.array(z.string()) });

/** What the service said to a call that it refused for what was in it. */
export interface Refused {
  readonly refused: string;
}

/**
 * Calls of a transit engine, the one of HashiCorp Vault and OpenBao: JSON over HTTP, a token in a header, base64 inside.
 * One request a call, no redirects. What was sent is never part of what is told of a failure.
 */
export class TransitClient {
  private readonly root: string;

  constructor(private readonly options: TransitOptions) {
    const { origin, pathname } = new URL(options.url);
    this.root = `${origin}${pathname === '/' ? ENGINE : pathname.replace(/\/$/, '')}`;
  }

  /** @returns the ciphertext, `vault:v<version of the key>:<base64>` @throws KeyServiceError */
  async encrypt(key: string, plain: Buffer, context: Buffer): Promise<string> {
    const body = { plaintext: plain.toString('base64'), associated_data: context.toString('base64') };
    const told = await this.call('encrypt', key, body, z.object({ ciphertext: z.string() }));
    if (isRefused(told)) throw failure('encrypt', key, `400 ${told.refused}`);
    return told.ciphertext;
  }

  /**
   * @param maybeGone whether a key that the service does not have is no failure of the service
   * @returns null when the service says that it does not open, with this key or in this context @throws KeyServiceError
   */
  async decrypt(key: string, ciphertext: string, context: Buffer, maybeGone = false): Promise<Buffer | null> {
    const body = { ciphertext, associated_data: context.toString('base64') };
    const told = await this.call('decrypt', key, body, z.object({ plaintext: z.base64() }));
    if (!isRefused(told)) return Buffer.from(told.plaintext, 'base64');
    if (DOES_NOT_OPEN.test(told.refused) || (maybeGone && KEY_GONE.test(told.refused))) return null;
    throw failure('decrypt', key, `400 ${told.refused}`);
  }

  /**
   * 32 bytes that only whoever may use the key can derive from `input`; null for a version that is used no more.
   * @throws KeyServiceError
   */
  async hmac(key: string, input: Buffer, version: number): Promise<Buffer | null> {
    const body = { input: input.toString('base64'), key_version: version };
    const told = await this.call('hmac', key, body, z.object({ hmac: z.string() }));
    if (isRefused(told)) {
      if (KEY_GONE.test(told.refused)) throw failure('hmac', key, `400 ${told.refused}`);
      return null;
    }
    const { hmac } = told;
    const mac = Buffer.from(hmac.split(':')[2] ?? '', 'base64');
    if (mac.length !== 32) throw new KeyServiceError('The key service must answer hmac with 32 bytes', { key });
    return mac;
  }

  private async call<T>(operation: string, key: string, body: object, shape: z.ZodType<T>): Promise<T | Refused> {
    const token = await this.token();
    let reply: Response;
    let text: string;
    try {
      reply = await fetch(`${this.root}/${operation}/${encodeURIComponent(key)}`, {
        method: 'POST',
        // The last one is what an agent in between may insist on.
        headers: { 'x-vault-token': token, 'content-type': 'application/json', 'x-vault-request': 'true' },
        body: JSON.stringify(body),
        redirect: 'manual',
        signal: AbortSignal.timeout(this.options.timeoutMs),
      });
      text = await readCapped(reply);
    } catch (error) {
      throw failure(operation, key, whyNoReply(error, this.options.timeoutMs));
    }
    if (reply.status >= 300 && reply.status < 400)
      throw failure(operation, key, `${reply.status}: redirects are not followed, name the active server`);
    if (reply.status !== 200) {
      const why = saidBy(text, [token, ...Object.values(body).map(String)]);
      // 400 is about what was sent, or about the key; all else (403, 404, 429, 500, sealed: 503) says nothing of it.
      if (reply.status === 400) return { refused: why };
      throw failure(operation, key, `${reply.status} ${why}`);
    }
    const parsed = z.object({ data: shape }).safeParse(asJson(text));
    if (!parsed.success) throw failure(operation, key, 'the answer is not of the documented form');
    return parsed.data.data;
  }

  private async token(): Promise<string> {
    try {
      const token = (await readFile(this.options.tokenFile, 'utf8')).trim();
      if (token !== '') return token;
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? 'unreadable';
      throw new KeyServiceError(`MASTER_KEY_KMS_TOKEN_FILE must name a readable file, was ${why}`);
    }
    throw new KeyServiceError('MASTER_KEY_KMS_TOKEN_FILE must hold a token, was empty');
  }
}

function isRefused(told: unknown): told is Refused {
  return typeof told === 'object' && told !== null && 'refused' in told;
}

/** @throws KeyServiceError when it is no ciphertext of a transit engine */
export function versionOf(ciphertext: string, key: string): number {
  const version = /^vault:v(\d{1,9}):/.exec(ciphertext)?.[1];
  if (version === undefined) throw new KeyServiceError('The key service must answer vault:v<number>:<base64>', { key });
  return Number(version);
}

function failure(operation: string, key: string, why: string): KeyServiceError {
  return new KeyServiceError(`The key service did not ${operation} with ${key}: ${why}`, { operation, key });
}

function whyNoReply(error: unknown, timeoutMs: number): string {
  const { name, cause } = error as { name?: unknown; cause?: { code?: unknown } };
  if (name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  if (error instanceof ReplyTooLong) return error.message;
  return `no answer (${typeof cause?.code === 'string' ? cause.code : 'connection failed'})`;
}

class ReplyTooLong extends Error {}

async function readCapped(reply: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (reply.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > MAX_REPLY_BYTES) throw new ReplyTooLong(`the answer is longer than ${MAX_REPLY_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The service's own words, without anything that we have sent. */
function saidBy(text: string, secrets: readonly string[]): string {
  const parsed = errorsReply.safeParse(asJson(text));
  let said = parsed.success ? parsed.data.errors.join('; ') : '';
  for (const secret of secrets) said = said.replaceAll(secret, '[secret]');
  return said.trim().slice(0, MOST_TEXT);
}
