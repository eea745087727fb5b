/**
 * From the text of the eq_ properties to the model. Whatever stands there (empty, cut off, edited by hand, written by a newer
 * sync) gives something true: what cannot be read is left out and counted, never guessed, and nothing throws.
 */

import { GATES, LEVELS, PROPERTIES, STAGES, WRITTEN } from './model';
import type { Balance, Finding, Gate, GateId, GateState, Level, Month, Stage } from './model';

export type Properties = Readonly<Record<string, string | null | undefined>>;

/** Longer lines are cut: no sentence of the sync comes near. */
const LINE = 600;
const CODE = /^[A-Z][A-Z0-9]{1,7}-\d{1,3}$/;
const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const LETTERS: Readonly<Record<string, Level>> = { n: 'none', i: 'info', w: 'watch', a: 'alert', c: 'critical' };
const LEVEL_WORDS: ReadonlyMap<string, Level> = new Map([
  ...LEVELS.map((each) => [each, each] as const),
  ['aucun', 'none'],
  ['vigilance', 'watch'],
  ['alerte', 'alert'],
  ['critique', 'critical'],
]);

/** Take out control and direction-override characters, fold spaces, cut between code points; no-break spaces stay. */
export function clean(text: string, longest: number = LINE): string {
  const folded = text
    .replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069\uFEFF]/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  const points = Array.from(folded);
  return points.length > longest ? `${points.slice(0, longest - 1).join('').trimEnd()}…` : folded;
}

export function level(text: string | null | undefined): Level | null {
  return one(LEVELS, text);
}

export function stage(text: string | null | undefined): Stage | null {
  return one(STAGES, text);
}

function one<T extends string>(known: readonly T[], text: string | null | undefined): T | null {
  const wanted = (text ?? '').trim().toLowerCase();
  return known.find((each) => each === wanted) ?? null;
}

/** A number within bounds; anything else is unknown, not zero. */
export function number(text: string | null | undefined, least: number, most: number): number | null {
  const said = (text ?? '').trim().replace(',', '.');
  if (!/^-?\d+(\.\d+)?(e-?\d+)?$/i.test(said)) return null;
  const value = Number(said);
  return Number.isFinite(value) && value >= least && value <= most ? value : null;
}

/** HubSpot gives an instant as ISO text or as milliseconds, depending on the page. */
export function instant(text: string | null | undefined): Date | null {
  const said = (text ?? '').trim();
  if (said === '') return null;
  const value = new Date(/^\d{11,}$/.test(said) ? Number(said) : /^\d{4}-\d{2}-\d{2}/.test(said) ? said : Number.NaN);
  return Number.isNaN(value.getTime()) ? null : value;
}

/** `DEP-01:alert@2026-11-22;OPS-01:watch@2026-10-03` */
export function openRules(text: string | null | undefined): { readonly open: readonly Finding[]; readonly unread: number } {
  const open: Finding[] = [];
  let unread = 0;
  for (const entry of (text ?? '').split(/[;\n]/u).map((each) => clean(each)).filter(Boolean)) {
    const [, code = '', said, day] = /^([^:@]+?)\s*(?::\s*([^@]*?))?\s*(?:@\s*(.*))?$/u.exec(entry) ?? [];
    if (CODE.test(code)) {
      open.push({ code, level: level(said), since: day !== undefined && DAY.test(day) ? day : null, title: null, lines: [] });
    } else {
      unread += 1;
    }
  }
  return { open, unread };
}

/** Where the sync's sentence passes from the reason to what would clear it. */
const DISTANCE = /;\s+(?=(?:fin du constat|clears)\s)/u;

/**
 * Paragraphs between blank lines: `CODE Label — Level`, then sentences. The last one may only say how many did not fit
 * ("… and 3 more."): those are among the open rules.
 */
export function explanation(text: string | null | undefined): readonly Finding[] {
  const paragraphs = (text ?? '').replace(/\r\n?/g, '\n').split(/\n[^\S\n]*\n/u);
  return paragraphs.flatMap((paragraph) => {
    const [first, ...lines] = paragraph.split('\n').map((line) => clean(line)).filter(Boolean);
    return first === undefined || first.startsWith('…') ? [] : [{ ...heading(first), since: null, lines: lines.flatMap(apart) }];
  });
}

/** Reason and distance as two lines; a sentence without that turn stays whole. */
function apart(line: string): readonly string[] {
  const [reason = '', distance] = line.split(DISTANCE, 2);
  return distance === undefined ? [line] : [`${reason.trimEnd()}.`, distance.charAt(0).toUpperCase() + distance.slice(1)];
}

function heading(line: string): Pick<Finding, 'code' | 'level' | 'title'> {
  const coded = /^([A-Z][A-Z0-9]{1,7}-\d{1,3})\s*(.*)$/u.exec(line);
  const rest = coded?.[2] ?? line;
  const dash = Math.max(rest.lastIndexOf('—'), rest.lastIndexOf('–'));
  const said = dash < 0 ? undefined : LEVEL_WORDS.get(rest.slice(dash + 1).trim().toLowerCase());
  const title = (said === undefined ? rest : rest.slice(0, dash)).trim();
  return { code: coded?.[1] ?? null, level: said ?? null, title: title === '' ? null : title };
}

/** Each open rule with the next unused paragraph of its code; paragraphs without an open rule stay. Heaviest and oldest first. */
export function findings(open: readonly Finding[], explained: readonly Finding[]): readonly Finding[] {
  const waiting = new Map<string | null, Finding[]>();
  for (const each of explained) waiting.set(each.code, [...(waiting.get(each.code) ?? []), each]);
  const joined = open.map((each): Finding => {
    const said = waiting.get(each.code)?.shift();
    return said === undefined ? each : { ...said, level: each.level ?? said.level, since: each.since };
  });
  const rest = [...waiting.values()].flat();
  return [...joined, ...rest].sort((a, b) => weight(b) - weight(a) || (a.since ?? '9').localeCompare(b.since ?? '9'));
}

function weight(finding: Finding): number {
  return finding.level === null ? -1 : LEVELS.indexOf(finding.level);
}

/** `2026-09:28w 2026-10:41a 2026-11:-i`, the last twelve, oldest first. */
export function trend(text: string | null | undefined): readonly Month[] {
  const months = new Map<string, Month>();
  for (const word of (text ?? '').split(/\s+/u)) {
    const [, month, index, letter] = /^(\d{4}-(?:0[1-9]|1[0-2])):(-|\d{1,3}(?:\.\d+)?)([a-z])?$/u.exec(word) ?? [];
    if (month === undefined) continue;
    months.set(month, { month, index: number(index, 0, 100), level: LETTERS[letter ?? ''] ?? null });
  }
  return [...months.values()].sort((a, b) => a.month.localeCompare(b.month)).slice(-12);
}

/** `G1=missing;G2=ok`: a gate that is not there, or said in an unknown word, is missing. */
export function checklist(text: string | null | undefined): readonly Gate[] | null {
  const said = new Map<string, string>();
  for (const part of (text ?? '').split(';')) {
    const [id = '', word = ''] = part.split('=');
    said.set(id.trim(), word.trim().toLowerCase());
  }
  const state = (id: GateId): GateState => {
    const word = said.get(id);
    return word === 'ok' || word === 'override' ? word : 'missing';
  };
  return (text ?? '').trim() === '' ? null : GATES.map((id) => ({ id, state: state(id) }));
}

export function read(properties: Properties): Balance {
  const hidden = PROPERTIES.filter((name) => properties[name] === undefined);
  const filled = WRITTEN.some((name) => (properties[name] ?? '').trim() !== '');
  const { open, unread } = openRules(properties['eq_open_rules']);
  const next = clean(properties['eq_next_step'] ?? '');
  return {
    state: filled ? 'full' : WRITTEN.every((name) => properties[name] === undefined) ? 'hidden' : 'empty',
    level: level(properties['eq_level']),
    stage: stage(properties['eq_stage']),
    proposed: stage(properties['eq_stage_proposed']),
    index: number(properties['eq_index'], 0, 100),
    coverage: number(properties['eq_coverage'], 0, 1),
    share: number(properties['eq_revenue_share'], 0, 1),
    atStake: number(properties['eq_at_stake'], -1e15, 1e15),
    computedAt: instant(properties['eq_computed_at']),
    nextStep: next === '' ? null : next,
    findings: findings(open, explanation(properties['eq_explanation'])),
    unread,
    trend: trend(properties['eq_trend']),
    checklist: checklist(properties['eq_checklist']),
    hidden,
  };
}
