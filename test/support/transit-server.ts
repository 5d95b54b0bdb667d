import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A key service that speaks the transit API of HashiCorp Vault as documented: encrypt, decrypt, hmac; keys with versions. */
export interface TransitServer {
  readonly url: string;
  readonly token: string;
  /** Paths asked for, in order. */
  readonly calls: string[];
  /** Makes a new version the one that encrypts. */
  rotate(key: string): void;
  /** Deletes it, with all its versions. */
  remove(key: string): void;
  /** As `min_decryption_version`: what is older does not open. Default 1. */
  oldest: number;
  /** Answers a redirect to this address, as a standby does that cannot forward. */
  redirect: string | null;
  /** Answers 503 to everything, as a sealed server does. */
  sealed: boolean;
  /** Answers nothing while true; what waits is never answered. */
  silent: boolean;
  /** Answers this instead, with status 200. */
  reply: string | null;
  stop(): Promise<void>;
}

interface Asked {
  readonly plaintext?: string;
  readonly ciphertext?: string;
  readonly associated_data?: string;
  readonly input?: string;
  readonly key_version?: number;
}

export async function startTransitServer(): Promise<TransitServer> {
  const keys = new Map<string, Buffer[]>([['tranche', [randomBytes(32)]]]);
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const world: TransitServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 'hvs.test-token',
    calls: [],
    rotate: (key) => void keys.get(key)?.push(randomBytes(32)),
    remove: (key) => void keys.delete(key),
    oldest: 1,
    redirect: null,
    sealed: false,
    silent: false,
    reply: null,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    world.calls.push(request.url ?? '');
    if (world.silent) return;
    const say = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const refuse = (status: number, ...errors: string[]): void => say(status, { errors });
    if (world.redirect !== null) return void response.writeHead(307, { location: world.redirect }).end();
    // As a listener with `require_request_header`.
    if (request.headers['x-vault-request'] !== 'true') return refuse(412, "missing 'X-Vault-Request' header");
    if (world.sealed) return refuse(503, 'Vault is sealed');
    if (request.headers['x-vault-token'] !== world.token) return refuse(403, 'permission denied');
    if (world.reply !== null) return void response.writeHead(200).end(world.reply);
    const asked = JSON.parse(Buffer.concat(parts).toString('utf8')) as Asked;
    const [, operation, name] = /^\/v1\/transit\/(\w+)\/([\w.-]+)$/.exec(request.url ?? '') ?? [];
    const versions = keys.get(name ?? '');
    if (versions === undefined) return refuse(400, 'encryption key not found');
    const aad = Buffer.from(asked.associated_data ?? '', 'base64');
    switch (operation) {
      case 'encrypt':
        return say(200, { data: { ciphertext: encrypt(versions, Buffer.from(asked.plaintext ?? '', 'base64'), aad) } });
      case 'decrypt': {
        const version = Number(/^vault:v(\d+):/.exec(asked.ciphertext ?? '')?.[1]);
        if (!(version >= 1)) return refuse(400, 'invalid ciphertext: no prefix');
        if (version < world.oldest)
          return refuse(400, 'ciphertext or signature version is disallowed by policy (too old)');
        const plain = decrypt(versions, asked.ciphertext ?? '', aad);
        // A careless server quotes what it was given.
        if (plain === null) return refuse(400, `cipher: message authentication failed: ${asked.ciphertext ?? ''}`);
        return say(200, { data: { plaintext: plain.toString('base64') } });
      }
      case 'hmac': {
        const version = asked.key_version ?? versions.length;
        const key = versions[version - 1];
        if (key === undefined) return refuse(400, 'invalid key version');
        const mac = createHmac('sha256', key)
          .update(Buffer.from(asked.input ?? '', 'base64'))
          .digest('base64');
        return say(200, { data: { hmac: `vault:v${version}:${mac}` } });
      }
      default:
        return refuse(404);
    }
  }
  return world;
}

function encrypt(versions: readonly Buffer[], plain: Buffer, aad: Buffer): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', versions.at(-1)!, nonce).setAAD(aad);
  const body = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return `vault:v${versions.length}:${body.toString('base64')}`;
}

function decrypt(versions: readonly Buffer[], ciphertext: string, aad: Buffer): Buffer | null {
  const [, version, text] = /^vault:v(\d+):(.+)$/.exec(ciphertext) ?? [];
  const key = versions[Number(version) - 1];
  if (key === undefined) return null;
  const body = Buffer.from(text ?? '', 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, 12)).setAAD(aad);
    decipher.setAuthTag(body.subarray(-16));
    return Buffer.concat([decipher.update(body.subarray(12, -16)), decipher.final()]);
  } catch {
    return null;
  }
}
