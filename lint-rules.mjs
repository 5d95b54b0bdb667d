/**
 * Rules of our own for oxlint: syntax that does not belong into some folders, by selectors as of ESLint. The folders
 * are in `.oxlintrc.jsonc`; `test/architecture/lint-rules.spec.ts` plants one violation of each.
 */

/** The domain decides on what it is given: no clock, no randomness, no floats made from money. */
const impure = [
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'time comes in as a parameter' },
  { selector: "NewExpression[callee.name='Date']", message: 'time comes in as a parameter, as EpochMs' },
  { selector: "CallExpression[callee.name='Date']", message: 'time comes in as a parameter, as EpochMs' },
  { selector: "MemberExpression[object.name='performance']", message: 'time comes in as a parameter' },
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'randomness comes in' },
  { selector: "MemberExpression[object.name='crypto'][property.name=/^random/]", message: 'randomness comes in' },
  {
    selector: "CallExpression[callee.name='parseFloat']",
    message: 'money is parsed by quantity(), price(), notional()',
  },
  { selector: "MemberExpression[property.name='parseFloat']", message: 'money is parsed by quantity(), price()' },
  { selector: 'TSAnyKeyword', message: 'the domain knows its types' },
];

/** What a decision is made of must replay alike on another machine, and the host rounds these as it likes. */
const hostMathematics = [
  {
    selector:
      "MemberExpression[object.name='Math'][property.name=/^(a?(sin|cos|tan)h?|atan2|cbrt|exp|expm1|hypot|log|log10|log1p|log2|pow|sqrt)$/]",
    message: 'take the function of numeric/elementary.ts: the host may round it otherwise elsewhere',
  },
];

/** Digits of money are lost in a double; `toPixels` alone makes numbers of it, for drawing. */
const floatsFromMoney = [
  { selector: "CallExpression[callee.name='parseFloat']", message: 'money is read by readDecimal()' },
  { selector: "MemberExpression[property.name='parseFloat']", message: 'money is read by readDecimal()' },
  { selector: "CallExpression[callee.property.name='toNumber']", message: 'money becomes a number in toPixels() only' },
];

/** What the policy of the page forbids would fail in the browser only. */
const againstPagePolicy = [
  { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: 'texts of others are never markup' },
  { selector: "AssignmentExpression[left.property.name='innerHTML']", message: 'texts of others are never markup' },
];

/** A transaction holds rows and a connection: nothing inside it may wait for a network (reliability.md D-07). */
const networkInTransaction = ['inTenant', 'inSystem', 'withTokenHash'].flatMap((method) =>
  [
    "CallExpression[callee.object.property.name='session']",
    "CallExpression[callee.object.name='session']",
    "CallExpression[callee.property.name='publish']",
    "CallExpression[callee.name='fetch']",
  ].map((call) => ({
    selector: `CallExpression[callee.property.name='${method}'] > :function ${call}`,
    message: 'no network call inside a transaction: read, leave it, call, and write in the next',
  })),
);

const without = (restricted) => ({
  create: (context) =>
    Object.fromEntries(
      restricted.map(({ selector, message }) => [selector, (node) => context.report({ node, message })]),
    ),
});

export default {
  meta: { name: 'tranche' },
  rules: {
    'pure-domain': without(impure),
    'no-host-mathematics': without(hostMathematics),
    'no-floats-from-money': without(floatsFromMoney),
    'page-policy': without(againstPagePolicy),
    'no-network-in-transaction': without(networkInTransaction),
  },
};
