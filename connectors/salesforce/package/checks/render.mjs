/*
 * Mounts both components in headless Chromium with the design system's style sheet and synthetic shadow, as the platform does, in both
 * languages and in awkward situations; runs axe-core on each page, and writes the pictures of the documentation.
 *
 *   node checks/render.mjs [folder for the pictures]
 *
 * The platform's own components (record forms and fields) and wire adapters are stand-ins in checks/stage; everything else is the package.
 */
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import lwc from '@lwc/rollup-plugin';
import puppeteer from 'puppeteer-core';
import { rollup } from 'rollup';
import { stages } from './stages.mjs';

const require = createRequire(import.meta.url);
const { SOURCE, surroundings, words } = require('./words.js');
const home = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const scratch = path.join(home, 'out', 'pictures');
/** Pictures for the documentation go where the caller says, the others where nobody keeps them. */
const pictures = path.resolve(process.argv[2] ?? scratch);
const chromium = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((one) => one && fs.existsSync(one));
const SERIOUS = ['serious', 'critical'];

if (!chromium) {
    console.log('skipped: chromium not found');
    process.exit(0);
}
fs.mkdirSync(pictures, { recursive: true });
fs.mkdirSync(scratch, { recursive: true });
const server = http.createServer(serve).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const browser = await puppeteer.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb', '--font-render-hinting=none'] });
const bundles = { en: await bundle('en'), fr: await bundle('fr') };
let complaints = 0;
try {
    for (const stage of stages(words)) {
        await play(stage);
    }
} finally {
    await browser.close();
    server.close();
}
console.log(complaints ? `${complaints} complaints` : 'nothing serious found');
process.exit(complaints ? 1 : 0);

async function play(stage) {
    const page = await browser.newPage();
    page.on('pageerror', (error) => complain(stage, `script error: ${error.message}`));
    page.on('console', (one) => one.type() === 'error' && !/favicon/.test(one.text()) && complain(stage, `console: ${one.text()}`));
    await page.setViewport({ width: stage.width ?? 900, height: 800, deviceScaleFactor: 1.5 });
    await page.evaluateOnNewDocument((data) => {
        globalThis.STAGE = data;
    }, stage.data);
    await page.goto(`http://127.0.0.1:${server.address().port}/${stage.language}.html`, { waitUntil: 'networkidle0' });
    await page.evaluate((tag) => globalThis.mount(tag), stage.component);
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
    for (const selector of stage.clicks ?? []) {
        await page.evaluate((one) => globalThis.press(one), selector);
    }
    const said = await page.evaluate(() => document.body.textContent);
    if (/undefined|NaN|\[object|c\.EQ_/.test(said)) {
        complain(stage, 'shows what nobody should read: undefined, NaN or an object');
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) {
        complain(stage, `${wide} pixels wider than the page`);
    }
    await check(stage, page);
    if (stage.picture) {
        const card = await page.$('main');
        await card.screenshot({ path: path.join(stage.picture.startsWith('salesforce-') ? pictures : scratch, stage.picture) });
    }
    await page.close();
}

async function check(stage, page) {
    await page.addScriptTag({ path: require.resolve('axe-core/axe.min.js') });
    const found = await page.evaluate(() => globalThis.axe.run('main', { resultTypes: ['violations', 'passes'] }));
    const nodes = found.passes.reduce((total, one) => total + one.nodes.length, 0);
    console.log(`${stage.name} (${stage.language}): ${nodes} checks of elements passed, ${found.violations.length} violations`);
    if (nodes < 20) {
        complain(stage, 'the check did not see into the component');
    }
    for (const one of found.violations) {
        const said = `${one.impact}: ${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120)).slice(0, 2).join(' | ')}`;
        if (SERIOUS.includes(one.impact)) {
            complain(stage, said);
        } else {
            console.log(`  ${said}`);
        }
    }
}

function complain(stage, message) {
    complaints += 1;
    console.error(`  ${stage.name} (${stage.language}): ${message}`);
}

async function bundle(language) {
    const modules = path.join(home, 'out', 'modules');
    fs.rmSync(modules, { recursive: true, force: true });
    fs.mkdirSync(modules, { recursive: true });
    fs.cpSync(path.join(SOURCE, 'lwc'), path.join(modules, 'c'), { recursive: true, filter: (one) => !one.includes('__tests__') });
    const given = { ...Object.fromEntries(Object.entries(words(language)).map(([name, value]) => [`@salesforce/label/c.${name}`, value])), ...surroundings(language) };
    const made = await rollup({
        input: path.join(home, 'checks/stage/main.js'),
        onwarn: (warning) => warning.code !== 'CIRCULAR_DEPENDENCY' && console.log(`  rollup: ${warning.message}`),
        plugins: [
            {
                name: 'platform',
                resolveId: (id) => (id in given ? `\0${id}` : null),
                load: (id) => (id.startsWith('\0@salesforce/') ? `export default ${JSON.stringify(given[id.slice(1)])};` : null),
            },
            lwc({ rootDir: path.join(home, 'checks/stage'), modules: [{ dir: modules }, { dir: path.join(home, 'checks/stage') }, { npm: '@lwc/engine-dom' }, { npm: '@lwc/synthetic-shadow' }] }),
        ],
    });
    const { output } = await made.generate({ format: 'iife', intro: "var process = { env: { NODE_ENV: 'development' } };" });
    return output[0].code;
}

function serve(request, response) {
    const name = decodeURIComponent(request.url.split('?')[0]);
    const language = name.slice(1, 3);
    if (name.endsWith('.html')) {
        response.setHeader('Content-Type', 'text/html; charset=utf-8');
        response.end(
            `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>Équilibre</title><link rel="icon" href="data:,">` +
                '<link rel="stylesheet" href="/assets/styles/salesforce-lightning-design-system.min.css">' +
                '<style>body{background:#f3f3f3}main{padding:12px}</style></head>' +
                `<body><main></main><script src="/${language}.js"></script></body></html>`,
        );
    } else if (name in { '/en.js': 1, '/fr.js': 1 }) {
        response.setHeader('Content-Type', 'text/javascript; charset=utf-8');
        response.end(bundles[language]);
    } else {
        const file = path.join(path.dirname(require.resolve('@salesforce-ux/design-system/package.json')), path.normalize(name));
        if (fs.existsSync(file)) {
            response.setHeader('Content-Type', file.endsWith('.css') ? 'text/css' : 'application/octet-stream');
            response.end(fs.readFileSync(file));
        } else {
            response.statusCode = 404;
            response.end();
        }
    }
}
