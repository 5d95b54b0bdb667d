const DAY_S = 86_400;
/** The Gregorian calendar repeats after 400 years. */
const ERA_YEARS = 400;
const ERA_DAYS = 146_097;
const ERA_OF_2000 = 5;

/** True for a day of the proleptic Gregorian calendar, years 1 to 9999; months count from 1. */
export function isCalendarDay(year: number, month: number, day: number): boolean {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return false;
  return day <= daysOfMonth(year, month);
}

/** Seconds from 1970-01-01 UTC to the midnight that a day of {@link isCalendarDay} begins with; negative before it. */
export function epochSecondsOfDay(year: number, month: number, day: number): number {
  const era = Math.floor(year / ERA_YEARS) - ERA_OF_2000; // Date.UTC takes years below 100 for others
  return Date.UTC(2000 + (year % ERA_YEARS), month - 1, day) / 1000 + era * ERA_DAYS * DAY_S;
}

function daysOfMonth(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
