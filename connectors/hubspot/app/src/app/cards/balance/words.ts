/** Everything that the cards say, once per language. A word that lacks its translation does not compile. */

import { english } from './words.en';
import { french } from './words.fr';
import type { GateId, GateState, Level, Stage } from './model';

export type Language = 'en' | 'fr';

export interface Words {
  readonly locale: string;
  readonly level: Readonly<Record<Level, string>>;
  readonly stage: Readonly<Record<Stage, string>>;
  readonly unknown: string;
  readonly loading: string;
  readonly failed: { readonly title: string; readonly text: string; readonly again: string };
  readonly empty: { readonly title: string; readonly text: string };
  readonly hidden: { readonly title: string; readonly text: string; readonly some: (fields: string) => string };
  readonly head: {
    readonly level: string;
    readonly stage: string;
    readonly index: string;
    readonly share: string;
    readonly atStake: string;
    readonly indexOf: (index: string) => string;
    readonly coverage: (part: string) => string;
    readonly noIndex: string;
    readonly proposed: (stage: string) => string;
    readonly same: string;
    readonly reading: string;
    readonly changed: (when: string) => string;
  };
  readonly next: { readonly title: string; readonly none: string };
  readonly findings: {
    readonly title: string;
    readonly count: (count: number) => string;
    readonly none: string;
    readonly since: (day: string) => string;
    readonly unknownRule: string;
    readonly unexplained: string;
    readonly more: (count: number) => string;
    readonly unread: (count: number) => string;
    readonly inTab: string;
  };
  readonly trend: {
    readonly title: string;
    readonly none: string;
    readonly index: string;
    readonly month: string;
    readonly level: string;
    readonly hidden: string;
    readonly months: string;
    readonly one: (value: string, month: string) => string;
    readonly fromTo: (first: string, firstMonth: string, last: string, lastMonth: string) => string;
    readonly highest: (value: string, month: string) => string;
    readonly levels: (levels: string) => string;
    readonly gaps: (count: number) => string;
  };
  readonly tasks: { readonly title: string; readonly text: string };
  readonly checklist: {
    readonly title: string;
    readonly none: string;
    readonly missing: (count: number) => string;
    readonly complete: string;
    readonly state: Readonly<Record<GateState, string>>;
    readonly gate: Readonly<Record<GateId, { readonly name: string; readonly todo: string }>>;
    readonly override: string;
  };
  readonly people: {
    readonly title: string;
    readonly text: string;
    readonly relation: string;
    readonly decision: string;
    readonly team: string;
    readonly silence: string;
  };
}

/** fr, fr-fr, fr_CA … are French; every other language reads English. */
export function language(...said: readonly (string | null | undefined)[]): Language {
  const first = said.find((each) => each !== null && each !== undefined && each.trim() !== '') ?? '';
  return /^fr\b|^fr_/i.test(first.trim()) ? 'fr' : 'en';
}

export function words(language: Language): Words {
  return language === 'fr' ? french : english;
}
