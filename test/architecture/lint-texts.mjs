/**
 * Lints texts as if they stood in given files; in a process of its own, as ESLint does not run inside Jest. Standard
 * input: `[{ file, text }]`; standard output: `[[{ line, rule }]]`.
 */
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';

/** The same rules, but with types of the few files in question only: a program of the whole tree takes long to build. */
const eslint = new ESLint({
  overrideConfig: {
    files: ['**/*.ts'],
    languageOptions: {
      parserOptions: {
        project: 'test/architecture/tsconfig.lint.json',
        // Else, under CI=true, the parser reads the files from disk instead of the texts it is given.
        disallowAutomaticSingleRunInference: true,
      },
    },
  },
});
const results = [];
for (const { file, text: code } of JSON.parse(await text(process.stdin))) {
  const [result] = await eslint.lintText(code, { filePath: file });
  results.push(result.messages.map(({ line, ruleId }) => ({ line, rule: ruleId })));
}
process.stdout.write(JSON.stringify(results));
