/** Beyond so many different texts a statement is planned each time: a text that is made up as it goes must not fill the server. */
const MOST_NAMES = 500;

let names = new Map<string, string>();
let generation = 0;

/** Name under which a connection keeps a statement prepared; undefined for one that is not kept. */
export function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= MOST_NAMES) return undefined;
  const name = `t${generation}_${names.size}`;
  names.set(text, name);
  return name;
}

/** After a change of the schema: what is prepared no longer fits, and everything gets a new name. */
export function renameStatements(): void {
  names = new Map();
  generation += 1;
}
