/** Figures, days and months as people of one language read them, and the trend as a sentence. */

import { NAMES } from './names';
import type { Finding, Level, Month } from './model';
import type { Language, Words } from './words';

export type Tone = 'default' | 'info' | 'warning' | 'danger' | 'success';
const TONES: Readonly<Record<Level, Tone>> = { none: 'success', info: 'info', watch: 'warning', alert: 'danger', critical: 'danger' };

/** A colour beside the word, never instead of it. */
export function tone(level: Level | null): Tone {
  return level === null ? 'default' : TONES[level];
}

export function levelName(level: Level | null, words: Words): string {
  return level === null ? words.unknown : words.level[level];
}

export function figure(value: number, words: Words, digits = 0): string {
  return new Intl.NumberFormat(words.locale, { maximumFractionDigits: digits }).format(value);
}

export function part(value: number, words: Words, digits = 0): string {
  return new Intl.NumberFormat(words.locale, { style: 'percent', maximumFractionDigits: digits }).format(value);
}

/** A calendar day is not an instant: it is the same day in every time zone. */
export function day(iso: string, words: Words): string {
  return written(new Date(`${iso}T00:00:00Z`), words, { dateStyle: 'medium', timeZone: 'UTC' }, iso);
}

export function month(iso: string, words: Words, style: 'long' | 'short' = 'long'): string {
  const format: Intl.DateTimeFormatOptions = style === 'long' ? { month: 'long', year: 'numeric' } : { month: 'short', year: '2-digit' };
  return written(new Date(`${iso}-01T00:00:00Z`), words, { ...format, timeZone: 'UTC' }, iso);
}

export function moment(when: Date, words: Words): string {
  return written(when, words, { dateStyle: 'medium', timeStyle: 'short' }, when.toISOString());
}

function written(when: Date, words: Words, format: Intl.DateTimeFormatOptions, otherwise: string): string {
  return Number.isNaN(when.getTime()) ? otherwise : new Intl.DateTimeFormat(words.locale, format).format(when);
}

/** Our own translation of a rule that the card knows, else the title that the sync wrote, else a plain word. */
export function title(finding: Finding, language: Language, words: Words): string {
  const known = finding.code === null ? undefined : NAMES[finding.code];
  const name = known?.[language] ?? finding.title ?? words.findings.unknownRule;
  return finding.code === null ? name : `${finding.code} ${name}`;
}

/** The text alternative of the chart: everything that it shows, in two to four sentences. */
export function trendSentence(months: readonly Month[], words: Words): string {
  const seen = months.flatMap((each) => (each.index === null ? [] : [{ month: each.month, index: each.index }]));
  const first = seen[0];
  const last = seen.at(-1);
  const said: string[] = [];
  if (first !== undefined && last !== undefined) {
    const value = (index: number): string => figure(index, words);
    const top = seen.reduce((highest, each) => (each.index > highest.index ? each : highest));
    if (first === last) said.push(words.trend.one(value(first.index), month(first.month, words)));
    else said.push(words.trend.fromTo(value(first.index), month(first.month, words), value(last.index), month(last.month, words)));
    if (top !== first && top !== last) said.push(words.trend.highest(value(top.index), month(top.month, words)));
  }
  const steps = months.map((each) => levelName(each.level, words)).filter((name, place, all) => name !== all[place - 1]);
  if (steps.length > 0) said.push(words.trend.levels(steps.join(' → ').toLocaleLowerCase(words.locale)));
  const gaps = months.length - seen.length;
  if (gaps > 0) said.push(words.trend.gaps(gaps));
  return said.join(' ');
}
