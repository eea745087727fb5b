/*
 * The text fields that Équilibre writes on an account, read back; and figures as people read them.
 *
 *   EQ_Open_Rules__c   DEP-01:alert@2026-11-22;OPS-01:watch@2026-10-03     -> openRules
 *   EQ_Explanation__c  paragraphs of `CODE Label — Level`, then sentences   -> explanation
 *   both together, the worst first                                          -> findings
 *   EQ_Trend__c        2026-09:28w 2026-10:41a 2026-11:-i                   -> trend
 *   EQ_Checklist__c    G1=missing;G2=ok                                     -> checklist
 *
 * Nothing here throws: what cannot be read is left out, what is unknown is null, never zero.
 */
export { day, month, moment, number, percent, wholeNumber } from './figures';
export { checklist, GATES } from './gates';
export { explanation, findings, openRules } from './findings';
export { LEVELS, levelOf, rank } from './levels';
export { bars, concentration } from './weights';
export { drawing, trend } from './trend';
