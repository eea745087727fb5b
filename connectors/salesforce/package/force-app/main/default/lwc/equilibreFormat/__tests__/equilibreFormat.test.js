import { bars, checklist, concentration, day, drawing, explanation, findings, levelOf, moment, month, number, openRules, percent, rank, trend } from 'c/equilibreFormat';
import { fill } from 'c/equilibreText';
import { ruleName } from 'c/equilibreRules';

const NOT_TEXT = [undefined, null, '', ' ', 42, {}, [], NaN];
const EXPLAINED = [
    "DEP-01 Part d'un client dans le CA — alerte\nCe client représente 34,5 % du CA net.\nCe qui y mettrait fin : 180 000 € de CA de plus ailleurs.",
    'OPS-01 Rush orders — watch\n4 of 10 orders were rush orders (watch, limit 30%); clears below 25% in 2 evaluations in a row.',
].join('\n\n');

describe('open rules', () => {
    it('gives rule, level and opening day', () => {
        expect(openRules('DEP-01:alert@2026-11-22;OPS-01:watch@2026-10-03')).toEqual([
            { rule: 'DEP-01', level: 'alert', since: '2026-11-22' },
            { rule: 'OPS-01', level: 'watch', since: '2026-10-03' },
        ]);
    });

    it.each(NOT_TEXT)('gives nothing for %p', (said) => {
        expect(openRules(said)).toEqual([]);
        expect(explanation(said)).toEqual([]);
        expect(findings(said, said)).toEqual([]);
        expect(trend(said)).toEqual([]);
        expect(checklist(said)).toEqual([]);
    });

    it('leaves out what is no rule and keeps a rule whose level or day it cannot read', () => {
        expect(openRules(' ;;hello; DEP-01 ;NEW-99:severe@2026-11-22;PAY-01:alert@soon;<script>:alert@2026-01-01')).toEqual([
            { rule: 'DEP-01', level: null, since: null },
            { rule: 'NEW-99', level: null, since: '2026-11-22' },
            { rule: 'PAY-01', level: 'alert', since: null },
        ]);
    });
});

describe('explanation', () => {
    it('separates the reason from what would clear it, in both languages', () => {
        const [share, rush] = explanation(EXPLAINED);
        expect(share).toEqual({
            rule: 'DEP-01',
            label: "Part d'un client dans le CA",
            level: 'alert',
            reasons: ['Ce client représente 34,5 % du CA net.'],
            clears: ['Ce qui y mettrait fin : 180 000 € de CA de plus ailleurs.'],
        });
        expect(rush.reasons).toEqual(['4 of 10 orders were rush orders (watch, limit 30%)']);
        expect(rush.clears).toEqual(['clears below 25% in 2 evaluations in a row.']);
    });

    it('takes Windows line ends, a missing level and a dash inside the label', () => {
        expect(explanation('A-1 One — two — critical\r\nText\r\n\r\nB-2 Plain\r\n\r\nmore of B-2')).toEqual([
            { rule: 'A-1', label: 'One — two', level: 'critical', reasons: ['Text'], clears: [] },
            { rule: 'B-2', label: 'Plain', level: null, reasons: ['more of B-2'], clears: [] },
        ]);
    });

    it('takes a head without a label, and leaves out the line that says how many did not fit', () => {
        expect(explanation('BEH-04 — alerte\nSignalement à examiner.\n\n… et 3 autres.')).toEqual([
            { rule: 'BEH-04', label: null, level: 'alert', reasons: ['Signalement à examiner.'], clears: [] },
        ]);
    });

    it('drops a text that names no rule', () => {
        expect(explanation('nothing here that a page could name')).toEqual([]);
    });
});

describe('findings', () => {
    it('come the worst first, the oldest first within a level, each with its paragraph', () => {
        const found = findings('OPS-01:watch@2026-10-03;PAY-01:watch@2026-09-01;DEP-01:alert@2026-11-22', EXPLAINED);
        expect(found.map((one) => one.rule)).toEqual(['DEP-01', 'PAY-01', 'OPS-01']);
        expect(found[1].reasons).toEqual([]);
        expect(found[2].label).toBe('Rush orders');
    });

    it('are read from the explanation alone when the rules are hidden, and the other way', () => {
        expect(findings(undefined, EXPLAINED).map((one) => [one.rule, one.level, one.since])).toEqual([
            ['DEP-01', 'alert', null],
            ['OPS-01', 'watch', null],
        ]);
        expect(findings('DEP-01:alert@2026-11-22', undefined)).toHaveLength(1);
    });

    it('keep a key each when a rule stands twice, as each incident does', () => {
        const found = findings('BEH-01:alert@2026-11-22;BEH-01:alert@2026-11-23', 'BEH-01 Incident — alert\nfirst\n\nBEH-01 Incident — alert\nsecond');
        expect(found.map((one) => one.reasons[0])).toEqual(['first', 'second']);
        expect(new Set(found.map((one) => one.key)).size).toBe(2);
    });

    it('are read by the thousand', () => {
        const open = Array.from({ length: 5000 }, (_, n) => `DEP-${n}:watch@2026-11-22`).join(';');
        expect(findings(open, EXPLAINED)).toHaveLength(5001 + 0 - (open.includes('DEP-01:') ? 1 : 0) + (open.includes('OPS-01') ? 0 : 1));
    });
});

describe('levels', () => {
    it('are known by value, letter and word', () => {
        expect(['alert', 'a', 'Alerte', ' vigilance ', 'critique', 'none'].map(levelOf)).toEqual(['alert', 'alert', 'alert', 'watch', 'critical', 'none']);
        expect(['severe', '', null, 7, 'constructor', '__proto__'].map(levelOf)).toEqual([null, null, null, null, null, null]);
        expect(rank('critical')).toBeGreaterThan(rank('none'));
        expect(rank(null)).toBe(-1);
    });
});

describe('trend', () => {
    it('gives months oldest first and a hidden month as unknown, never as zero', () => {
        expect(trend('2026-11:-i 2026-09:28w 2026-10:41a')).toEqual([
            { month: '2026-09', index: 28, level: 'watch' },
            { month: '2026-10', index: 41, level: 'alert' },
            { month: '2026-11', index: null, level: 'info' },
        ]);
    });

    it('leaves out months that are none and figures above 100, and shows twelve at most', () => {
        expect(trend('2026-13:5w 2026-00:5w x 2026-11:120w 2026-10:5')).toEqual([{ month: '2026-10', index: 5, level: null }]);
        const long = Array.from({ length: 30 }, (_, n) => `20${10 + n}-01:5w`).join(' ');
        expect(trend(long)).toHaveLength(12);
        expect(trend(long)[11].month).toBe('2039-01');
    });

    it('breaks the line where a month is unknown', () => {
        const box = { left: 0, right: 100, top: 0, bottom: 100 };
        const { points, lines } = drawing(trend('2026-08:0n 2026-09:50w 2026-10:-i 2026-11:100c 2026-12:100c'), box);
        expect(lines).toEqual(['M0 100 L25 50', 'M75 0 L100 0']);
        expect(points[2].y).toBeNull();
        expect(drawing(trend('2026-08:20n'), box).points[0].x).toBe(50);
        expect(drawing([], box)).toEqual({ points: [], lines: [] });
    });
});

describe('checklist', () => {
    it('always has all seven gates; an unknown word is missing', () => {
        expect(checklist('G1=missing;G2=ok;G4=perhaps;G7=override;G9=ok').map((one) => one.state)).toEqual(['missing', 'ok', 'missing', 'missing', 'missing', 'missing', 'override']);
    });

    it('is none below the stage of repair', () => {
        expect(checklist('')).toEqual([]);
        expect(checklist('not a list')).toEqual([]);
    });
});

describe('weights', () => {
    it('say how few the revenue rests on', () => {
        const { top1, top5, hhi, effective } = concentration([0.5, 0.3, 0.2]);
        expect([top1, top5]).toEqual([0.5, 1]);
        expect(hhi).toBeCloseTo(0.38, 9);
        expect(effective).toBeCloseTo(2.6316, 4);
        expect(concentration([0.5, 0.3]).rest).toBeCloseTo(0.2, 9);
    });

    it('say nothing of nothing', () => {
        expect(concentration([null, undefined, NaN, 0, -0.2])).toEqual({ top1: null, top5: null, hhi: null, effective: null, rest: null });
        expect(bars([{ share: null }], 10)).toEqual({ shown: [], rest: null });
    });

    it('show the largest first and the rest as one', () => {
        const { shown, rest } = bars([{ share: 0.1 }, { share: 0.4 }, { share: 0.2 }], 2);
        expect(shown.map((one) => one.width)).toEqual([100, 50]);
        expect(rest).toBeCloseTo(0.4, 9);
    });
});

describe('figures', () => {
    it('are written as the locale writes them', () => {
        expect(percent(0.3451, 'en-US')).toBe('34.5%');
        expect(percent(0.3451, 'fr-FR').replace(/\s/g, ' ')).toBe('34,5 %');
        expect(number(1234567.4, 'fr-FR').replace(/\s/g, ' ')).toBe('1 234 567');
        expect(number(-1234.5, 'en-US', 1)).toBe('-1,234.5');
        expect(day('2026-11-24', 'fr-FR')).toBe('24 nov. 2026');
        expect(day('2026-11-24T23:59:00Z', 'en-US')).toBe('Nov 24, 2026');
        expect(month('2026-11', 'en-US')).toBe('Nov 2026');
        expect(moment('2026-11-24T23:30:00Z', 'en-US', 'Europe/Paris').replace(/\s/g, ' ')).toBe('Nov 25, 2026, 12:30 AM');
    });

    it('are null where nothing is known, whatever stands there', () => {
        for (const value of [null, undefined, NaN, Infinity, '12', {}]) {
            expect([number(value, 'en-US'), percent(value, 'en-US'), day(value, 'en-US'), month(value, 'en-US'), moment(value, 'en-US', 'x')]).toEqual([null, null, null, null, null]);
        }
    });

    it('survive a locale or a time zone that the browser does not know', () => {
        expect(number(5, 'xx_NOT-A-LOCALE')).toBe('5');
        expect(moment('2026-11-24T10:00:00Z', 'en-US', 'Mars/Base')).toContain('2026');
    });
});

describe('words', () => {
    it('take values in their places', () => {
        expect(fill('{0} of {1}', 3, 7)).toBe('3 of 7');
        expect(fill('{1} {9}|', 1)).toBe(' |');
        expect(fill(undefined)).toBe('');
    });

    it('name the rules in the language of the user, and an unknown rule not at all', () => {
        expect(ruleName('DEP-01')).toBe(globalThis.language === 'fr' ? "Part d'un client dans le CA" : 'Revenue share of one client');
        expect(ruleName('NEW-99')).toBeNull();
        expect(ruleName('constructor')).toBeNull();
    });
});
