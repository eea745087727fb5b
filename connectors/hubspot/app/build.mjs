// The same bundle that HubSpot makes after an upload: every card from its entry point, the SDK and React included.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const cards = new URL('src/app/cards/', import.meta.url).pathname;
const entries = readdirSync(cards)
  .filter((name) => name.endsWith('-hsmeta.json'))
  .map((name) => JSON.parse(readFileSync(join(cards, name), 'utf8')).config.entrypoint)
  .map((path) => join(cards, '../..', path));

await build({
  entryPoints: entries,
  outdir: new URL('build/', import.meta.url).pathname,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning',
});
for (const name of readdirSync(new URL('build/', import.meta.url)).filter((each) => each.endsWith('Card.js'))) {
  console.log(`${name}: ${Math.round(statSync(new URL(`build/${name}`, import.meta.url)).size / 1024)} kB`);
}
