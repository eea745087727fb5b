/*
 * Converts the SFDX source with Salesforce's own library and holds the result against the zip that the Python side makes:
 * the same files and the same members, so that `equilibre provision` deploys what `sf project deploy start` would.
 *
 *   node checks/convert.mjs [folder with the unpacked zip of the Python side]
 */
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { ComponentSet, MetadataConverter } = createRequire(import.meta.url)('@salesforce/source-deploy-retrieve');
const here = path.dirname(fileURLToPath(import.meta.url));
const home = path.join(here, '..');
const out = path.join(home, 'out', 'mdapi');
const { packageDirectories, sourceApiVersion } = JSON.parse(fs.readFileSync(path.join(home, 'sfdx-project.json'), 'utf8'));

fs.rmSync(out, { recursive: true, force: true });
const set = ComponentSet.fromSource(packageDirectories.map((one) => path.join(home, one.path)));
set.sourceApiVersion = sourceApiVersion;
const { packagePath } = await new MetadataConverter().convert(set, 'metadata', { type: 'directory', outputDirectory: path.dirname(out), packageName: 'mdapi' });
const theirs = tree(packagePath);
console.log(`${set.size} components, ${theirs.length} files converted`);

const known = new Set(theirs.filter((name) => name.endsWith('.js-meta.xml')).map((name) => path.dirname(name)));
const bundles = fs.readdirSync(path.join(home, 'force-app/main/default/lwc')).filter((name) => !name.startsWith('.'));
const lost = bundles.filter((name) => !known.has(`lwc/${name}`));
if (lost.length) {
    fail(`not converted: ${lost.join(', ')}`);
}
if (process.argv[2]) {
    compare(process.argv[2]);
}

function compare(folder) {
    const ours = tree(folder);
    const missing = theirs.filter((name) => !ours.includes(name));
    const extra = ours.filter((name) => !theirs.includes(name));
    if (missing.length || extra.length) {
        fail(`the two conversions differ: only here ${missing.join(', ') || '-'}; only in Python's ${extra.join(', ') || '-'}`);
    }
    const members = (root) => [...fs.readFileSync(path.join(root, 'package.xml'), 'utf8').matchAll(/<members>(.*?)<\/members>/g)].map((one) => one[1].replace(/\/$/, '')).sort();
    const [here_, there] = [members(packagePath), members(folder)];
    const differing = [...here_.filter((one) => !there.includes(one)), ...there.filter((one) => !here_.includes(one))];
    if (differing.length) {
        fail(`the manifests differ in ${differing.join(', ')}`);
    }
    for (const name of theirs.filter((one) => !one.startsWith('lwc/') && one !== 'package.xml')) {
        if (leaves(path.join(packagePath, name)) !== leaves(path.join(folder, name))) {
            fail(`the content of ${name} differs`);
        }
    }
    console.log(`the same ${ours.length} files and ${there.length} members as the Python side makes`);
}

/** Every element with its text, sorted: the two may order elements differently. The full name of a file's component is implied. */
function leaves(file) {
    const found = [...fs.readFileSync(file, 'utf8').matchAll(/<(\w+)>([^<>]+)<\/\1>/g)].map(([, tag, text]) => `${tag}=${plain(text)}`);
    return found.filter((one) => !/^fullName=(Account|Activity)-fr$/.test(one)).sort().join('\n');
}

function plain(text) {
    return text.replaceAll('&apos;', "'").replaceAll('&quot;', '"').replaceAll('&gt;', '>').trim();
}

function tree(root, below = '') {
    return fs.readdirSync(path.join(root, below), { withFileTypes: true }).flatMap((entry) => {
        const name = path.posix.join(below, entry.name);
        return entry.isDirectory() ? tree(root, name) : [name];
    });
}

function fail(message) {
    console.error(message);
    process.exit(1);
}
