/*
 * Opens pages that were written to disk (the HTML report) in headless Chromium and runs axe-core on each: nothing serious may be found,
 * no script may be needed and nothing may be fetched.
 *
 *   node checks/report.mjs page.html ...
 */
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import puppeteer from 'puppeteer-core';

const require = createRequire(import.meta.url);
const chromium = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((one) => one && fs.existsSync(one));
const SERIOUS = ['serious', 'critical'];

if (!chromium) {
    console.log('skipped: chromium not found');
    process.exit(0);
}
const browser = await puppeteer.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] });
let complaints = 0;
for (const file of process.argv.slice(2)) {
    const page = await browser.newPage();
    const fetched = [];
    page.on('request', (request) => {
        if (!request.url().startsWith('file:') && !request.url().startsWith('data:')) {
            fetched.push(request.url());
        }
    });
    await page.goto(pathToFileURL(path.resolve(file)).href);
    const scripts = await page.evaluate(() => document.scripts.length);
    await page.addScriptTag({ path: require.resolve('axe-core/axe.min.js') });
    const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    const serious = found.violations.filter((one) => SERIOUS.includes(one.impact));
    complaints += serious.length + fetched.length + scripts;
    console.log(`${path.basename(file)}: ${serious.length} serious, ${found.violations.length} in all, ${scripts} scripts, ${fetched.length} fetched`);
    for (const one of found.violations) {
        console.log(`  ${one.impact} ${one.id}: ${one.nodes.length} places, ${one.nodes[0].target.join(' ')}`);
    }
    await page.close();
}
await browser.close();
process.exit(complaints ? 1 : 0);
