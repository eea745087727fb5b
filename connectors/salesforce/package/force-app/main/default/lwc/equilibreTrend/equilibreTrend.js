import { LightningElement, api } from 'lwc';
import LOCALE from '@salesforce/i18n/locale';
import { drawing, month, number, trend } from 'c/equilibreFormat';
import { fill, text } from 'c/equilibreText';

const BOX = Object.freeze({ left: 34, right: 584, top: 14, bottom: 114 });

/** EQ_Trend__c as a line; the same in one sentence and in a table for those who do not see the line. */
export default class EquilibreTrend extends LightningElement {
    text = text;

    /** The field as Équilibre wrote it. */
    @api value;

    get months() {
        return trend(this.value);
    }

    get hasMonths() {
        return this.months.length > 0;
    }

    get lines() {
        return drawing(this.months, BOX).lines.map((path, position) => ({ key: position, path }));
    }

    get points() {
        return drawing(this.months, BOX).points.map((one) => ({
            ...one,
            key: one.month,
            isShown: one.y !== null,
            labelY: one.y === null ? null : one.y - 9,
            figure: number(one.index, LOCALE),
            letter: month(one.month, LOCALE, 'narrow'),
            className: `point point_${one.level ?? 'none'}`,
        }));
    }

    get grid() {
        return [0, 50, 100].map((index) => ({ key: index, y: BOX.bottom - index, labelY: BOX.bottom - index + 4, figure: number(index, LOCALE) }));
    }

    get box() {
        return BOX;
    }

    get summary() {
        const all = this.months;
        const [from, to] = [month(all[0].month, LOCALE), month(all[all.length - 1].month, LOCALE)];
        const shown = all.filter((one) => one.index !== null);
        if (!shown.length) {
            return fill(text.Trend_Summary_Empty, from, to);
        }
        if (shown.length === 1) {
            return fill(text.Trend_Summary_One, month(shown[0].month, LOCALE), number(shown[0].index, LOCALE));
        }
        const highest = shown.reduce((most, one) => (one.index > most.index ? one : most));
        const said = (one) => number(one.index, LOCALE);
        return fill(text.Trend_Summary, from, to, said(shown[0]), said(shown[shown.length - 1]), said(highest), month(highest.month, LOCALE));
    }

    get rows() {
        return this.months.map((one) => ({
            ...one,
            key: one.month,
            name: month(one.month, LOCALE),
            figure: number(one.index, LOCALE) ?? text.Trend_Hidden,
        }));
    }
}
