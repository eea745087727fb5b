import { Alert, Button, EmptyState, LineChart, LoadingSpinner, StatusTag } from '@hubspot/ui-extensions';
import { CrmAssociationTable, CrmPropertyList } from '@hubspot/ui-extensions/crm';
import { createRenderer } from '@hubspot/ui-extensions/testing';
import { describe, expect, test } from 'vitest';
import company from '../preview/company.json';
import { Balance } from '../src/app/cards/balance/Balance';
import { PROPERTIES } from '../src/app/cards/balance/model';
import { explanation } from '../src/app/cards/balance/read';
import type { Properties } from '../src/app/cards/balance/read';
import { Summary } from '../src/app/cards/balance/Summary';
import { english } from '../src/app/cards/balance/words.en';
import { french } from '../src/app/cards/balance/words.fr';
import type { Language } from '../src/app/cards/balance/words';
import { textOf } from './text';

const NULLS = Object.fromEntries(PROPERTIES.map((name) => [name, null]));

function shown(properties: Properties, language: Language = 'en', state: { loading?: boolean; error?: Error } = {}) {
  const renderer = createRenderer('crm.record.tab');
  let asked: readonly string[] = [];
  let again = 0;
  renderer.mocks.useCrmProperties.willCall((names) => {
    asked = names;
    return {
      properties: properties as Record<string, string | null>,
      error: state.error ?? null,
      isLoading: state.loading ?? false,
      isRefetching: false,
      refetch: () => {
        again += 1;
        return Promise.resolve();
      },
    };
  });
  renderer.render(<Balance language={language} />);
  return { ...renderer, text: () => textOf(renderer.getRootNode()), asked: () => asked, again: () => again };
}

describe('the tab', () => {
  test('it reads eq_ properties only, and nothing of the restricted ones', () => {
    const { asked } = shown(company);
    expect(asked()).toEqual([...PROPERTIES]);
    expect(asked().every((name) => name.startsWith('eq_'))).toBe(true);
    expect(asked()).not.toContain('eq_restricted');
  });

  test.each([['en' as const, english], ['fr' as const, french]])('everything that was written is there, in %s', async (language, words) => {
    const card = shown(company, language);
    expect(card.text()).not.toMatch(/undefined|null|NaN/);
    card.find(Button).trigger('onClick');
    await card.waitFor(() => {
      expect(card.maybeFind(Button)).toBeNull();
    });
    const said = card.text();
    for (const heading of [words.next.title, words.findings.title, words.trend.title, words.tasks.title, words.checklist.title, words.people.title]) {
      expect(said).toContain(heading);
    }
    expect(said).toContain(company.eq_next_step);
    for (const line of explanation(company.eq_explanation).flatMap((each) => each.lines)) expect(said).toContain(line);
    for (const code of company.eq_open_rules.match(/[A-Z]+-\d+/g) ?? []) expect(said).toContain(code);
    expect(card.find(StatusTag).text).toBe(words.level[company.eq_level as 'alert']);
    expect(said).toContain(words.head.same);
    expect(card.find(LineChart).props.data).toHaveLength(company.eq_trend.split(' ').filter((each) => !each.includes(':-')).length);
    for (const gate of Object.values(words.checklist.gate)) expect(said).toContain(gate.name);
    expect(card.findAll(CrmPropertyList).flatMap((each) => each.props.properties)).toHaveLength(20);
  });

  test('another stage is suggested in words, and the decision stays a person\'s', () => {
    expect(shown({ ...company, eq_stage_proposed: 'last_round' }, 'fr').text()).toContain(french.head.proposed(french.stage.last_round));
  });

  test('the tasks are those with our key that nobody has completed', () => {
    const { props } = shown(company).find(CrmAssociationTable);
    expect(props.objectTypeId).toBe('0-27');
    expect(props.preFilters).toEqual([
      { property: 'equilibre_key', operator: 'HAS_PROPERTY' },
      { property: 'hs_task_status', operator: 'NEQ', value: 'COMPLETED' },
    ]);
  });

  test('while the properties come, a word says so', () => {
    expect(shown({}, 'fr', { loading: true }).find(LoadingSpinner).props.label).toBe(french.loading);
  });

  test('when they do not come, a calm word, and trying again asks again', () => {
    const card = shown({}, 'en', { error: new Error('TypeError: x at y.js:1') });
    expect(card.find(Alert).props.title).toBe(english.failed.title);
    expect(card.text()).not.toContain('TypeError');
    card.find(Button).trigger('onClick');
    expect(card.again()).toBe(1);
  });

  test('nothing computed, and nothing visible, are two different words', () => {
    expect(shown(NULLS).find(EmptyState).props.title).toBe(english.empty.title);
    expect(shown({}).find(EmptyState).props.title).toBe(english.hidden.title);
  });

  test('a company without findings is told so, with its level', () => {
    const card = shown({ ...NULLS, eq_level: 'none', eq_stage_proposed: 'balanced', eq_stage: 'balanced' });
    expect(card.text()).toContain(english.findings.none);
    expect(card.text()).toContain(english.trend.none);
    expect(card.text()).toContain(english.checklist.none);
    expect(card.maybeFind(LineChart)).toBeNull();
  });

  test('a rule that the card does not know keeps its code and the title of the sync', () => {
    const newer = { ...NULLS, eq_open_rules: 'NEW-17:alert@2026-11-22;NEW-18:watch@2026-11-22', eq_explanation: 'NEW-17 Something new — alert\n12 of 20.' };
    const { text } = shown(newer);
    expect(text()).toContain('NEW-17 Something new');
    expect(text()).toContain(`NEW-18 ${english.findings.unknownRule}`);
  });

  test('thousands of findings come a few at a time', async () => {
    const many = Array.from({ length: 3000 }, () => 'DEP-01:watch@2026-11-22').join(';');
    const card = shown({ ...NULLS, eq_open_rules: many });
    const count = () => card.findAll(StatusTag).length;
    expect(card.text()).toContain(english.findings.count(3000));
    const before = count();
    expect(before).toBeLessThan(12);
    card.find(Button).trigger('onClick');
    await card.waitFor(() => {
      expect(count()).toBe(before + 20);
    });
  });

  test('one hidden property is named and the rest is shown', () => {
    const seen = Object.fromEntries(Object.entries({ ...NULLS, ...company }).filter(([name]) => name !== 'eq_at_stake'));
    const { text } = shown(seen);
    expect(text()).toContain(english.head.level);
    expect(text()).toContain(english.hidden.some('eq_at_stake'));
  });

  test('long, right-to-left and emoji texts pass as they are', () => {
    const { text } = shown({ ...NULLS, eq_level: 'watch', eq_next_step: 'שלום 🙂 ' + 'é'.repeat(5000) });
    expect(text()).toContain('שלום 🙂');
    expect(text().length).toBeLessThan(3000);
  });
});

describe('the sidebar', () => {
  test('level, stage, three findings and the next step, without tables that the sidebar has not', () => {
    const renderer = createRenderer('crm.record.sidebar');
    renderer.mocks.useCrmProperties.willCall(() => ({
      properties: company,
      error: null,
      isLoading: false,
      isRefetching: false,
      refetch: () => Promise.resolve(),
    }));
    renderer.render(<Summary language="fr" />);
    const text = textOf(renderer.getRootNode());
    expect(text).toContain(french.stage[company.eq_stage as 'repair']);
    expect(text).toContain(company.eq_next_step);
    expect(text).toContain(french.findings.inTab);
    expect(renderer.findAll(StatusTag)).toHaveLength(4);
    expect(renderer.maybeFind(CrmAssociationTable)).toBeNull();
    expect(renderer.maybeFind(CrmPropertyList)).toBeNull();
  });
});
