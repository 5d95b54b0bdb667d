import { BlockList, isIP } from 'node:net';
import { shown } from '#order-intake';
import type { FieldReader } from './field-reader.js';

const MAX_ENTRIES = 50;
const MAX_CHARS = 43;
const BITS = { 4: 32, 6: 128 } as const;

interface Block {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly prefix: number;
}

/** `allowed_ips`: addresses and CIDR blocks that a secret may be used from; undefined where it is absent or wrong. */
export function readAllowedIps(reader: FieldReader): readonly string[] | undefined {
  const read = reader.list('allowed_ips', [0, MAX_ENTRIES], (raw, path) => {
    if (typeof raw === 'string' && parseBlock(raw) !== null) return raw.toLowerCase();
    const must = 'must be an address or a CIDR block such as 203.0.113.0/24';
    return reader.faults.fail(path, `${path} ${must}, was ${shown(raw)}`);
  });
  return read === undefined ? undefined : [...new Set(read)];
}

/** Whether a secret may be used from an address; an empty list allows all. Pure. */
export function isAllowedIp(allowedIps: readonly string[], address: string): boolean {
  if (allowedIps.length === 0) return true;
  const family = isIP(address);
  if (family === 0) return false;
  const list = new BlockList();
  for (const text of allowedIps) {
    const block = parseBlock(text);
    if (block !== null) list.addSubnet(block.address, block.prefix, block.family);
  }
  return list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

function parseBlock(text: string): Block | null {
  if (text.length > MAX_CHARS) return null;
  const [address = '', length, ...rest] = text.split('/');
  const family = isIP(address);
  if ((family !== 4 && family !== 6) || rest.length > 0) return null;
  const bits = BITS[family];
  const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : bits + 1;
  return prefix > bits || address.includes('%') ? null : { address, family: family === 6 ? 'ipv6' : 'ipv4', prefix };
}
