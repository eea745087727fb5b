/*
 * Compiles every script, template and style of the components with Salesforce's compiler, and reads every GraphQL query in them; a warning
 * fails as an error does.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@lwc/compiler';
import { parse } from 'graphql';

const home = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'force-app/main/default/lwc');
let count = 0;
let queries = 0;
let wrong = 0;
for (const name of fs.readdirSync(home).filter((one) => !one.startsWith('.'))) {
    for (const file of fs.readdirSync(path.join(home, name)).filter((one) => /\.(js|html|css)$/.test(one))) {
        const text = fs.readFileSync(path.join(home, name, file), 'utf8');
        count += 1;
        try {
            const { warnings = [] } = transformSync(text, file, { name, namespace: 'c', apiVersion: 66 });
            warnings.forEach((one) => report(file, one.message));
            [...text.matchAll(/gql`([^`]*)`/g)].forEach(([, query]) => read(query));
        } catch (error) {
            report(file, error.message);
        }
    }
}
console.log(`${count} files compiled, ${queries} queries read, ${wrong} complaints`);
process.exit(wrong ? 1 : 0);

function read(query) {
    parse(query);
    queries += 1;
}

function report(file, message) {
    wrong += 1;
    console.error(`${file}: ${message}`);
}
