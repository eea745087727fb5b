import { describe, expect, test } from 'vitest';
import cases from './cases.json';
import { checklist, clean, explanation, findings, instant, number, openRules, read, trend } from '../src/app/cards/balance/read';
import { GATES, PROPERTIES } from '../src/app/cards/balance/model';
import { language } from '../src/app/cards/balance/words';

describe('the parsers, case by case', () => {
  test.each(cases.openRules)('open rules: $name', ({ text, open, unread }) => {
    const result = openRules(text);
    expect(result.open.map((each) => [each.code, each.level, each.since])).toEqual(open);
    expect(result.unread).toBe(unread);
  });

  test.each(cases.explanation)('explanation: $name', ({ text, paragraphs }) => {
    expect(explanation(text).map((each) => [each.code, each.level, each.title, each.lines.length])).toEqual(paragraphs);
  });

  test.each(cases.trend)('trend: $name', ({ text, months }) => {
    expect(trend(text).map((each) => [each.month, each.index, each.level])).toEqual(months);
  });

  test.each(cases.checklist)('checklist: $name', ({ text, states }) => {
    expect(checklist(text)?.map((gate) => gate.state) ?? null).toEqual(states);
  });

  test.each(cases.number)('number: "$text"', ({ text, value }) => {
    expect(number(text, 0, 1)).toBe(value);
  });

  test.each(cases.instant)('instant: "$text"', ({ text, iso }) => {
    expect(instant(text)?.toISOString() ?? null).toBe(iso);
  });

  test.each(cases.language)('language of $said', ({ said, language: wanted }) => {
    expect(language(...said)).toBe(wanted);
  });
});

describe('findings', () => {
  test('an open rule takes the paragraph of its code, and the level and day of eq_open_rules win', () => {
    const joined = findings(
      openRules('DEP-01:critical@2026-11-22').open,
      explanation("DEP-01 Part d'un client dans le CA — alerte\n34,5 %"),
    );
    expect(joined).toEqual([
      { code: 'DEP-01', level: 'critical', since: '2026-11-22', title: "Part d'un client dans le CA", lines: ['34,5 %'] },
    ]);
  });

  test('two incidents of one rule keep their two paragraphs, in order', () => {
    const joined = findings(openRules('BEH-01:alert@2026-11-01;BEH-01:alert@2026-11-09').open, explanation('BEH-01 a — alert\none\n\nBEH-01 b — alert\ntwo'));
    expect(joined.map((each) => [each.since, each.lines[0]])).toEqual([
      ['2026-11-01', 'one'],
      ['2026-11-09', 'two'],
    ]);
  });

  test('heaviest first, then oldest; an unknown level comes last', () => {
    const order = findings(openRules('A-1:x@2020-01-01;AB-1:watch@2026-02-01;AC-1:critical@2026-03-01;AD-1:watch@2026-01-01;AE-1:odd@2026-01-01').open, []);
    expect(order.map((each) => each.code)).toEqual(['AC-1', 'AD-1', 'AB-1', 'AE-1']);
  });

  test('ten thousand findings are read in a blink', () => {
    const many = Array.from({ length: 10_000 }, (_, place) => `DEP-${(place % 90) + 10}:watch@2026-11-22`).join(';');
    const started = performance.now();
    expect(read({ eq_open_rules: many }).findings).toHaveLength(10_000);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('the whole company', () => {
  test('no property at all is hidden, all of them null is empty, one of them filled is full', () => {
    const nulls = Object.fromEntries(PROPERTIES.map((name) => [name, null]));
    expect(read({}).state).toBe('hidden');
    expect(read(nulls).state).toBe('empty');
    expect(read({ ...nulls, eq_stage: 'repair' }).state).toBe('empty');
    expect(read({ ...nulls, eq_level: 'none' }).state).toBe('full');
    expect(read(nulls).hidden).toEqual([]);
  });

  test('hidden properties are named', () => {
    const seen = Object.fromEntries(PROPERTIES.filter((name) => name !== 'eq_at_stake').map((name) => [name, 'x']));
    expect(read(seen).hidden).toEqual(['eq_at_stake']);
  });

  test('no text makes it throw', () => {
    const odd = ['\u0000', '\u202Etxt', '🙂'.repeat(5000), 'null', '[object Object]', '__proto__', ';;;===:::@@@\n\n\n', 'x'.repeat(70_000), 'ﷺ'];
    for (const text of odd) {
      const facts = read(Object.fromEntries(PROPERTIES.map((name) => [name, text])));
      expect(facts.level).toBeNull();
      expect(facts.checklist).toHaveLength(GATES.length);
      for (const finding of facts.findings) for (const line of finding.lines) expect(Array.from(line).length).toBeLessThanOrEqual(600);
    }
  });

  test('long text is cut between characters, and nothing can turn the reading direction round', () => {
    expect(clean('🙂'.repeat(20), 5)).toBe('🙂🙂🙂🙂…');
    expect(clean('a\u202Eb\u0007c')).toBe('a b c');
    expect(clean('שלום')).toBe('שלום');
  });
});
