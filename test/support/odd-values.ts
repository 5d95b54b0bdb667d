/** 2001 to 2099, ms: no order of ours can be of another time. */
const [EARLIEST, END] = [1_000_000_000_000, 4_102_444_800_000];

/** What no venue may ever tell as a number: what our values would not hold, and times that never were. */
export const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  [],
  {},
  -1,
  0,
  0.5,
  1e308,
  2 ** 53,
  1,
  86_400_000,
  END,
  8_640_000_000_000_001,
  '',
  'NaN',
  'Infinity',
  '-1',
  '0',
  '1e99',
  '1e308',
  '1e400',
  '9'.repeat(24),
  '0x10',
  ' 1',
  String(END),
  '4102444800',
  '1970-01-01T00:00:00Z',
  '2100-01-01T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '1'.repeat(41),
  `0.${'1'.repeat(41)}`,
];

/** What of a value of ours cannot be: numbers that the database would not hold, times that never were, fills of nothing. */
export function oddIn(value: unknown, path = ''): string[] {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) return [`${path} = ${value}`];
    const isTime = /(At|venueMs)$/.test(path);
    return isTime && (value < EARLIEST || value >= END) ? [`${path} = ${value}`] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  if ('toFixed' in value && typeof value.toFixed === 'function') {
    const text = (value as { toFixed(): string }).toFixed();
    if (!/^-?\d{1,20}(\.\d{1,60})?$/.test(text)) return [`${path} = ${text}`];
    return /lastQty|Px$|price$/.test(path) && /^-|^0(\.0*)?$/.test(text) ? [`${path} = ${text}`] : [];
  }
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, one]) => oddIn(one, `${path}.${String(key)}`));
}
