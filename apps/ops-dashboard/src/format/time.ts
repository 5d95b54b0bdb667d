/** All times on screen are UTC, as in the API. */

/** Milliseconds since 1970 of an API time; null when there is none. */
export function readTime(text: string | null | undefined): number | null {
  const at = text === null || text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

/** `10:15:02`. */
export function showClock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** `10:15:02.310`. */
export function showClockMs(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

/** Today only the time, else also the day: `03-02 10:15`. */
export function showDayClock(at: number, now: number): string {
  const text = new Date(at).toISOString();
  if (text.slice(0, 10) === new Date(now).toISOString().slice(0, 10)) return text.slice(11, 19);
  return `${text.slice(5, 10)} ${text.slice(11, 16)}`;
}

/** `4:05`, `1:04:05`, `2d 01:04`; less than nothing is nothing. */
export function showSpan(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(s / 3600);
  if (hours >= 24) return `${Math.floor(hours / 24)}d ${two(hours % 24)}:${two(Math.floor(s / 60) % 60)}`;
  const minutes = Math.floor(s / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

const UNIT_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of `90`, `10m`, `1h30m`, `2:30` (minutes and seconds) or `1:00:00`; null when it is none of these. */
export function readDuration(text: string): number | null {
  const trimmed = text.trim().toLowerCase();
  if (/^\d{1,9}$/.test(trimmed)) return Number(trimmed);
  if (/^\d{1,4}(:[0-5]\d){1,2}$/.test(trimmed))
    return trimmed.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  if (!/^(\d{1,6}\s*[smhd]\s*)+$/.test(trimmed)) return null;
  const parts = [...trimmed.matchAll(/(\d+)\s*([smhd])/g)];
  return parts.reduce((sum, [, count = '', unit = '']) => sum + Number(count) * (UNIT_S[unit] ?? 0), 0);
}
