export type ErrorContext = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Base of every error we throw on purpose. `code` is a closed, stable contract (alerts, API
 * responses and dashboards match on it); `message` is for people; `context` is for log fields.
 */
export abstract class AppError<Code extends string = string> extends Error {
  abstract readonly code: Code;

  constructor(
    message: string,
    readonly context: ErrorContext = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = new.target.name;
  }

  toJSON(): { name: string; code: Code; message: string; context: ErrorContext } {
    return { name: this.name, code: this.code, message: this.message, context: this.context };
  }
}
