const MAX_LENGTH = 2000;

/**
 * Value of `X-Tranche-Warnings`; undefined when there is none. A header takes printable ASCII only, and texts name what
 * clients named: other characters become `?`.
 */
export function warningsHeader(warnings: readonly string[]): string | undefined {
  if (warnings.length === 0) return undefined;
  const text = warnings.join('; ').replace(/[^ -~]/g, '?');
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 3)}...`;
}
