const MASK = '[secret]';
const MAX_DEPTH = 8;

/** Names whose values are never logged, compared without case, `-` and `_`. */
const SECRET_NAMES = new Set([
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'token',
  'accesstoken',
  'refreshtoken',
  'apitoken',
  'demotoken',
  'apikey',
  'apisecret',
  'secret',
  'secretkey',
  'clientsecret',
  'password',
  'passwd',
  'passphrase',
  'privatekey',
  'masterkey',
  'listenkey',
  'signature',
  'credentials',
  'xmbxapikey',
]);

const isSecretName = (name: string): boolean => SECRET_NAMES.has(name.replace(/[-_]/g, '').toLowerCase());

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};

/**
 * Copies plain objects and arrays with the values of secret-looking names masked, at any depth up to eight (beyond it
 * everything is masked). Class instances are left alone: `Secret` and its like decide themselves how they print.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value) && !isPlain(value)) return value;
  if (depth >= MAX_DEPTH) return MASK;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      isSecretName(name) && item !== null && item !== undefined ? MASK : redact(item, depth + 1),
    ]),
  );
}

const IN_TEXT: readonly (readonly [RegExp, string])[] = [
  [
    /("(?:[\w-]*(?:token|secret|password|passphrase|api[-_]?key|private[-_]?key)|(?:proxy-)?authorization)":)"(?:[^"\\]|\\.)*"/gi,
    `$1"${MASK}"`,
  ],
  [/(:\/\/[^\s:/@"\\]*:)[^\s/@"\\]+@/g, `$1${MASK}@`],
  [/\b(bearer|token|basic)( +)[\w.~+/=-]{16,}/gi, `$1$2${MASK}`],
  [/([?&](?:signature|api_?key|token|listen_?key|password|secret)=)[^&\s"\\]+/gi, `$1${MASK}`],
];

/**
 * Masks passwords in URLs, authorization headers and signed query strings wherever they stand in one line of text, and
 * JSON members with secret-looking names: the bindings of child loggers and class instances pass through here only.
 */
export function redactText(line: string): string {
  return IN_TEXT.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line);
}
