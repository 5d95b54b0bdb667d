interface Route {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** Which verbs each path answers, to tell an unknown path from a wrong verb. */
export class RouteTable {
  private readonly routes = new Map<string, Route>();

  add(path: string, methods: readonly string[]): void {
    const known = this.routes.get(path);
    const route = known ?? { pattern: toPattern(path), methods: new Set<string>() };
    for (const method of methods) route.methods.add(method);
    this.routes.set(path, route);
  }

  /** Verbs of the path, sorted; empty when there is no such path. */
  methodsOf(path: string): string[] {
    const found = [...this.routes.values()].filter((route) => route.pattern.test(path));
    return [...new Set(found.flatMap((route) => [...route.methods]))].sort();
  }
}

/** `:name` stands for one segment; with and without a trailing slash. */
function toPattern(path: string): RegExp {
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^/${segments.join('/')}/?$`);
}
