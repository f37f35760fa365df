/* What html-validate and caniemail say of mails, as JSON on stdout:
 * {file: [[program, finding, line], ...]}. The folder with their packages is
 * the first argument; after "--pages" the files are pages, which no mail
 * program has to show. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, ...rest] = process.argv.slice(2);
const pages = rest[0] === "--pages";
const files = pages ? rest.slice(1) : rest;
const require = createRequire(pathToFileURL(join(modules, "x")));
const { HtmlValidate, StaticConfigLoader } = require("html-validate");
const { caniemail, getAllClients } = await import(
    pathToFileURL(join(modules, "node_modules/caniemail/dist/index.js")));

const validator = new HtmlValidate(new StaticConfigLoader({
    root: true,
    extends: ["html-validate:standard", "html-validate:a11y"],
    elements: ["html5"],
}));

function validate(html) {
    return validator.validateStringSync(html).results.flatMap((result) =>
        result.messages.map((m) =>
            ["html-validate", `${m.ruleId}: ${m.message}`, m.line]));
}

/* Of each feature the clients that lack it, or have it in part. */
function support(html) {
    const { issues } = caniemail({ clients: ["*"], html });
    const found = [];
    for (const [kind, all] of [["no", issues.errors],
        ["partly", issues.warnings]]) {
        for (const [client, list] of all) {
            for (const { title } of list)
                found.push(["caniemail", `${title}: ${kind}, ${client}`, 0]);
        }
    }
    return found;
}

const out = {};
for (const file of files) {
    const html = readFileSync(file, "utf8");
    out[basename(file)] = [...validate(html),
        ...(pages ? [] : support(html))];
}
process.stdout.write(JSON.stringify(out));
