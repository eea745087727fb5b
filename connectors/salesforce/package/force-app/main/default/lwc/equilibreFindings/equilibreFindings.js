import { LightningElement, api } from 'lwc';
import LOCALE from '@salesforce/i18n/locale';
import { day, findings, wholeNumber } from 'c/equilibreFormat';
import { ruleName } from 'c/equilibreRules';
import { fill, text } from 'c/equilibreText';

const FIRST = 5;
const STEP = 50;

/** The open findings, the worst first, a few at a time: a page with thousands of them stays quick. */
export default class EquilibreFindings extends LightningElement {
    text = text;
    limit = FIRST;
    _open;
    _explanation;
    _found = [];

    /** EQ_Open_Rules__c as Équilibre wrote it. */
    @api
    get open() {
        return this._open;
    }
    set open(value) {
        this._open = value;
        this.read();
    }

    /** EQ_Explanation__c as Équilibre wrote it. */
    @api
    get explanation() {
        return this._explanation;
    }
    set explanation(value) {
        this._explanation = value;
        this.read();
    }

    read() {
        this._found = findings(this._open, this._explanation);
    }

    get title() {
        return fill(text.Findings_Title, wholeNumber(this._found.length, LOCALE));
    }

    get hasFindings() {
        return this._found.length > 0;
    }

    get rows() {
        return this._found.slice(0, this.limit).map((one) => ({
            ...one,
            name: ruleName(one.rule) ?? one.label ?? text.Findings_Unknown_Rule,
            opened: one.since && fill(text.Findings_Since, day(one.since, LOCALE)),
            lines: keyed(one.reasons.length ? one.reasons : [text.Findings_No_Reason]),
            distance: keyed(one.clears.map(capital)),
            hasDistance: one.clears.length > 0,
        }));
    }

    get rest() {
        return Math.max(0, this._found.length - this.limit);
    }

    get moreWords() {
        return fill(text.Findings_More, wholeNumber(Math.min(STEP, this.rest), LOCALE));
    }

    get isLonger() {
        return this.limit > FIRST && this._found.length > FIRST;
    }

    get shown() {
        const [some, all] = [Math.min(this.limit, this._found.length), this._found.length].map((one) => wholeNumber(one, LOCALE));
        return this._found.length > FIRST ? fill(text.Findings_Shown, some, all) : null;
    }

    more() {
        this.limit += STEP;
    }

    fewer() {
        this.limit = FIRST;
    }
}

function capital(said) {
    return said.charAt(0).toLocaleUpperCase() + said.slice(1);
}

/** Lines with a key each: two may say the same. */
function keyed(lines) {
    return lines.map((said, key) => ({ key, said }));
}
