/** What the cards show of one company, read from its eq_ properties: nothing here knows HubSpot's components. */

export const LEVELS = ['none', 'info', 'watch', 'alert', 'critical'] as const;
export type Level = (typeof LEVELS)[number];

export const STAGES = ['balanced', 'watch', 'repair', 'last_round', 'decision', 'exit_notice', 'after_care', 'ended'] as const;
export type Stage = (typeof STAGES)[number];

export const GATES = ['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G7'] as const;
export type GateId = (typeof GATES)[number];
export type GateState = 'ok' | 'missing' | 'override';

export interface Finding {
  /** The rule's neutral code, or null for a paragraph that carries none. */
  readonly code: string | null;
  readonly level: Level | null;
  /** Day on which the finding opened, YYYY-MM-DD. */
  readonly since: string | null;
  /** The title as the sync wrote it; the card prefers its own translation of a rule that it knows. */
  readonly title: string | null;
  /** Figures, reason and what would clear it, in the company's language. */
  readonly lines: readonly string[];
}

export interface Month {
  /** YYYY-MM */
  readonly month: string;
  /** 0 to 100; null = too little could be computed in that month. */
  readonly index: number | null;
  readonly level: Level | null;
}

export interface Gate {
  readonly id: GateId;
  readonly state: GateState;
}

export interface Balance {
  /** full = something was computed; empty = readable and empty; hidden = not one of the properties can be read. */
  readonly state: 'full' | 'empty' | 'hidden';
  readonly level: Level | null;
  readonly stage: Stage | null;
  readonly proposed: Stage | null;
  readonly index: number | null;
  readonly coverage: number | null;
  readonly share: number | null;
  readonly atStake: number | null;
  readonly computedAt: Date | null;
  readonly nextStep: string | null;
  readonly findings: readonly Finding[];
  /** Entries of eq_open_rules that this card cannot read. */
  readonly unread: number;
  readonly trend: readonly Month[];
  /** null below the stage Repair, where there is no checklist. */
  readonly checklist: readonly Gate[] | null;
  /** Properties that this person cannot see or that the account lacks. */
  readonly hidden: readonly string[];
}

export const WRITTEN = [
  'eq_level',
  'eq_stage_proposed',
  'eq_open_rules',
  'eq_revenue_share',
  'eq_index',
  'eq_coverage',
  'eq_computed_at',
  'eq_explanation',
  'eq_trend',
  'eq_next_step',
  'eq_checklist',
  'eq_at_stake',
] as const;

/** What the cards ask for: what the sync writes, and the stage, which people set. */
export const PROPERTIES: readonly string[] = [...WRITTEN, 'eq_stage'];
