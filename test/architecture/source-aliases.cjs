const { resolve } = require('node:path');
const { imports } = require(resolve('package.json'));

/** `#name` leads to the build; the import rules are about the sources, so this turns it back. Read by dependency-cruiser. */
const alias = Object.fromEntries(
  Object.entries(imports).map(([name, target]) => [
    `${name}$`,
    resolve(target.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts')),
  ]),
);

module.exports = { resolve: { alias } };
