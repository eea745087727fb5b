// Draws the preview in headless Chromium in both languages, checks it with axe-core, writes the pictures where asked.
//   node preview/shoot.mjs [FOLDER]     CHROMIUM=/path/to/chromium when it is not on the PATH
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import puppeteer from 'puppeteer-core';

const here = new URL('.', import.meta.url).pathname;
const folder = process.argv[2] ?? join(here, '../build');
const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const json = (name) => JSON.parse(readFileSync(join(here, name), 'utf8'));

function chromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  return execFileSync('sh', ['-c', 'command -v chromium || command -v chromium-browser || command -v google-chrome || true']).toString().trim();
}

const bundle = await build({
  entryPoints: [join(here, 'page.tsx')],
  bundle: true,
  write: false,
  format: 'iife',
  jsx: 'automatic',
  alias: { '@hubspot/ui-extensions/crm': join(here, 'crm.tsx'), '@hubspot/ui-extensions': join(here, 'components.tsx') },
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning',
});
const style = readFileSync(join(here, 'style.css'), 'utf8');
const empty = Object.fromEntries(Object.keys(json('company.json')).map((name) => [name, null]));
const scenes = [
  { name: 'fr', language: 'fr', properties: json('company.json'), picture: true },
  { name: 'en', language: 'en', properties: json('company.en.json'), picture: true },
  { name: 'empty', language: 'en', properties: empty },
  { name: 'hidden', language: 'fr', properties: {} },
  { name: 'odd', language: 'en', properties: { ...empty, eq_level: 'odd', eq_open_rules: 'NEW-1:x@y;NEW-2;🙂', eq_next_step: `שלום 🙂 ${'x'.repeat(400)}`, eq_trend: '2026-11:-i' } },
];

const program = chromium();
if (program === '') {
  console.log('skipped: chromium not found');
  process.exit(0);
}
mkdirSync(folder, { recursive: true });
const browser = await puppeteer.launch({ executablePath: program, args: ['--no-sandbox', '--disable-gpu'] });
let wrong = 0;
try {
  for (const scene of scenes) {
    const page = await browser.newPage();
    const trouble = [];
    page.on('pageerror', (error) => trouble.push(String(error)));
    await page.setViewport({ width: 1120, height: 900, deviceScaleFactor: 1 });
    const data = JSON.stringify({ language: scene.language, properties: scene.properties }).replaceAll('<', '\\u003c');
    await page.setContent(`<!doctype html><html><head><meta charset="utf-8"><title>-</title><style>${style}</style></head><body><div id="root"></div></body></html>`);
    await page.addScriptTag({ content: `globalThis.preview = ${data};` });
    await page.addScriptTag({ content: bundle.outputFiles[0].text });
    await page.waitForSelector('main');
    await page.addScriptTag({ content: axe });
    const { violations } = await page.evaluate(() => globalThis.axe.run(document));
    for (const each of violations) console.log(`${scene.name}: ${each.impact}: ${each.id}: ${each.nodes.map((node) => node.html).join(' | ').slice(0, 300)}`);
    for (const each of trouble) console.log(`${scene.name}: ${each}`);
    wrong += violations.length + trouble.length;
    if (scene.picture || process.argv[2] === undefined) await page.screenshot({ path: join(folder, `hubspot-card-${scene.name}.png`), fullPage: true });
    await page.close();
  }
} finally {
  await browser.close();
}
console.log(`axe-core: ${wrong} violation(s) or error(s) in ${scenes.length} pages`);
process.exit(wrong > 0 ? 1 : 0);
