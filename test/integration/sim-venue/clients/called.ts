/** Why a client has methods that the venue does not answer, by reason. */
export type NotServed = Readonly<Record<string, readonly string[]>>;

/** Keeps which methods of its clients a suite called and got an answer from. */
export class Called {
  readonly names = new Set<string>();

  /** The client itself, as the suite sees it: its own calls among its methods do not count. */
  through<T extends object>(client: T): T {
    return new Proxy(client, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== 'function' || typeof property !== 'string') return member;
        return (...args: unknown[]) => this.#note(property, Reflect.apply(member, target, args));
      },
    });
  }

  /**
   * What of `methods` was neither answered nor has a reason, what has a reason all the same, and what is no method.
   * All three are to be empty.
   */
  compare(methods: Iterable<string>, notServed: NotServed): Record<'unexplained' | 'served' | 'unknown', string[]> {
    const all = new Set(methods);
    const reasons = new Set(Object.values(notServed).flat());
    return {
      unexplained: [...all].filter((name) => !this.names.has(name) && !reasons.has(name)),
      served: [...reasons].filter((name) => this.names.has(name)),
      unknown: [...reasons].filter((name) => !all.has(name)),
    };
  }

  #note(name: string, result: unknown): unknown {
    if (!(result instanceof Promise)) {
      this.names.add(name);
      return result;
    }
    return result.then((answer: unknown) => {
      this.names.add(name);
      return answer;
    });
  }
}

/** What {@link Called.compare} finds where a suite and its table of reasons are complete. */
export const COMPLETE = { unexplained: [], served: [], unknown: [] };

/** Names of the public methods of a class, without those of its parents. */
export function methodsOf(type: { readonly prototype: object }): string[] {
  return Object.getOwnPropertyNames(type.prototype).filter((name) => name !== 'constructor');
}
