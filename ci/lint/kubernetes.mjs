// Holds manifests against the schemas of Kubernetes, where unknown keys are errors:
// node kubernetes.mjs FOLDER-OF-SCHEMAS FILE…
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv/dist/2020.js";
import { parseAllDocuments } from "yaml";

const [schemas, ...files] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(join(schemas, name), "utf8"));
// Formats such as int32 say nothing that the manifests here depend on.
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema(read("_definitions.json"), "/api/_definitions.json");

const wrong = [];
const found = {};
for (const file of files) {
  for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
    wrong.push(...document.errors.map((error) => `${file}: ${error.message}`));
    const manifest = document.toJS();
    const { kind, apiVersion, metadata } = manifest;
    const name = `${kind}-${apiVersion.replace(/^([^./]*)(\.[^/]*)?\//, "$1-")}.json`.toLowerCase();
    if (!existsSync(join(schemas, name))) {
      wrong.push(`${file}: ${kind} of ${apiVersion} is not known`);
      continue;
    }
    const schema = read(name);
    const validate = ajv.getSchema(schema.$id) ?? ajv.compile(schema);
    validate(manifest);
    for (const { instancePath, message, params } of validate.errors ?? []) {
      wrong.push(`${file}: ${kind} ${metadata?.name}${instancePath} ${message} ${JSON.stringify(params)}`);
    }
    found[`${kind} ${metadata?.name}`] = manifest;
  }
}

// What no schema knows: the Job has one index for each target of the configuration, in its order.
const job = found["Job tmfctk-run"].spec;
const container = job.template.spec.containers[0];
const targets = container.env.find(({ name }) => name === "TARGETS").value;
const configured = [...found["ConfigMap tmfctk"].data["tmfctk.toml"].matchAll(/^name = "(.*)"$/gm)];
const names = configured.map(([, name]) => name).join(" ");
if (targets !== names) wrong.push(`the configuration names ${names}, TARGETS has ${targets}`);
for (const key of ["completions", "maxFailedIndexes"]) {
  if (job[key] !== configured.length) wrong.push(`${key} is ${job[key]} for ${configured.length} targets`);
}

wrong.forEach((line) => console.error(line));
process.exit(wrong.length > 0 ? 1 : 0);
