import { LightningElement, wire } from 'lwc';
import { graphql } from 'lightning/graphql';
import LOCALE from '@salesforce/i18n/locale';
import { bars, concentration, findings, LEVELS, levelOf, number, percent, wholeNumber } from 'c/equilibreFormat';
import { ruleName } from 'c/equilibreRules';
import { fill, text } from 'c/equilibreText';
import { FLAGGED, flaggedWhere, isDenied, page, WEIGHTS } from './queries';

const MOST_WEIGHTS = 200;
const SHOWN_WEIGHTS = 10;
const PAGE = 25;
const NAMED = 2;
/** Shares that leave out less than this are the whole portfolio. */
const WHOLE = 0.005;
const SMALLEST = 0.001;

/** The portfolio as the last run wrote it on the accounts: concentration, who weighs what, what to look at first. */
export default class EquilibrePortfolio extends LightningElement {
    text = text;
    weights;
    weightsFailure = null;
    flagged;
    flaggedFailure = null;
    lowest = 'watch';
    withSubsidiaries = false;
    /** The cursors of the pages gone through; the last is that of the page shown. */
    trail = [null];
    said = null;
    weightVariables = { first: MOST_WEIGHTS };

    @wire(graphql, { query: WEIGHTS, variables: '$weightVariables' })
    receiveWeights({ data, errors }) {
        if (data) {
            this.weights = page(data);
        }
        this.weightsFailure = failure(data, errors);
    }

    @wire(graphql, { query: FLAGGED, variables: '$variables' })
    receiveFlagged({ data, errors }) {
        if (data) {
            this.flagged = page(data);
        }
        this.flaggedFailure = failure(data, errors);
    }

    get variables() {
        const levels = LEVELS.slice(LEVELS.indexOf(this.lowest));
        return { first: PAGE, after: this.trail[this.trail.length - 1], where: flaggedWhere(levels, this.withSubsidiaries) };
    }

    // ---- concentration

    get isWeighing() {
        return !this.weights && !this.weightsFailure;
    }

    get hasWeights() {
        return !this.weightsFailure && this.weights?.nodes.length > 0;
    }

    get isEmpty() {
        return !this.weightsFailure && this.weights?.nodes.length === 0;
    }

    get shares() {
        return this.weights.nodes.map((node) => ({
            key: node.Id,
            name: node.Name?.value || text.Not_Known,
            link: link(node.Id),
            level: levelOf(node.EQ_Level__c?.value),
            share: node.EQ_Revenue_Share__c?.value,
        }));
    }

    get tiles() {
        const { top1, top5, hhi, effective, rest } = concentration(this.shares.map((one) => one.share));
        const said = number(effective, LOCALE, 1);
        const isWhole = rest < WHOLE;
        return [
            { key: 'top1', name: text.Portfolio_Top1, figure: percent(top1, LOCALE) ?? text.Not_Known },
            { key: 'top5', name: text.Portfolio_Top5, figure: percent(top5, LOCALE) ?? text.Not_Known },
            {
                key: 'effective',
                name: text.Portfolio_Effective,
                figure: (isWhole ? said : said && fill(text.Portfolio_At_Most, said)) ?? text.Not_Known,
                note: hhi === null ? null : fill(isWhole ? text.Portfolio_Effective_Note : text.Portfolio_Effective_Partial, number(hhi, LOCALE, 3)),
            },
        ];
    }

    get weighed() {
        const { shown, rest } = bars(this.shares, SHOWN_WEIGHTS);
        const rows = shown.map((one) => ({ ...one, said: small(one.share), style: `width: ${one.width}%`, isFlagged: ['watch', 'alert', 'critical'].includes(one.level) }));
        const width = shown.length && rest ? Math.min(100, (rest / shown[0].share) * 100) : 0;
        return rest ? [...rows, { key: 'others', name: text.Portfolio_Others, said: percent(rest, LOCALE), style: `width: ${width}%` }] : rows;
    }

    get reach() {
        return fill(this.weights.more ? text.Portfolio_Partial : text.Portfolio_Visible, wholeNumber(this.weights.nodes.length, LOCALE));
    }

    // ---- flagged accounts

    get isListing() {
        return !this.flagged && !this.flaggedFailure;
    }

    get hasFlagged() {
        return !this.flaggedFailure && this.flagged?.nodes.length > 0;
    }

    get hasNone() {
        return !this.flaggedFailure && this.flagged?.nodes.length === 0;
    }

    get flaggedTitle() {
        return fill(text.Portfolio_Flagged, wholeNumber(this.flagged?.total, LOCALE) ?? '…');
    }

    get rows() {
        return this.flagged.nodes.map((node) => {
            const rules = findings(node.EQ_Open_Rules__c?.value, null).map((one) => ruleName(one.rule) ?? one.rule);
            return {
                key: node.Id,
                name: node.Name?.value || text.Not_Known,
                link: link(node.Id),
                parent: node.Parent?.Name?.value,
                owner: node.Owner?.Name?.value,
                level: levelOf(node.EQ_Level__c?.value),
                rules: rules.slice(0, NAMED).join(' · '),
                moreRules: rules.length > NAMED ? `+${wholeNumber(rules.length - NAMED, LOCALE)}` : null,
                stage: node.EQ_Stage__c?.displayValue ?? text[`Stage_${node.EQ_Stage__c?.value}`] ?? node.EQ_Stage__c?.value,
                money: number(node.EQ_At_Stake__c?.value, LOCALE) ?? text.Not_Known,
                share: small(node.EQ_Revenue_Share__c?.value),
                next: node.EQ_Next_Step__c?.value,
            };
        });
    }

    get levels() {
        return LEVELS.slice(1).map((value) => ({ value, name: text[`Level_${value}`], isChosen: value === this.lowest }));
    }

    get range() {
        const first = (this.trail.length - 1) * PAGE + 1;
        const said = [first, first + this.flagged.nodes.length - 1, this.flagged.total].map((one) => wholeNumber(one, LOCALE) ?? '…');
        return fill(text.Portfolio_Page, ...said);
    }

    get isFirst() {
        return this.trail.length === 1;
    }

    get isLast() {
        return !this.flagged?.more;
    }

    next() {
        if (this.flagged?.more && this.flagged.cursor) {
            this.turn([...this.trail, this.flagged.cursor]);
        }
    }

    previous() {
        if (this.trail.length > 1) {
            this.turn(this.trail.slice(0, -1));
        }
    }

    turn(trail) {
        this.trail = trail;
        this.said = fill(text.Portfolio_Page_Changed, trail.length);
    }

    choose(event) {
        this.lowest = event.target.value;
        this.trail = [null];
    }

    toggle(event) {
        this.withSubsidiaries = event.target.checked;
        this.trail = [null];
    }
}

/** What to say instead of an answer; null when there is one or it is still awaited. */
function failure(data, errors) {
    if (data || !errors?.length) {
        return null;
    }
    return isDenied(errors) ? text.Portfolio_No_Access : text.Balance_Unavailable;
}

/** A share in percent; one that would round to zero is said to be small instead. */
function small(share) {
    return share > 0 && share < SMALLEST ? fill(text.Less_Than, percent(SMALLEST, LOCALE)) : percent(share, LOCALE);
}

function link(id) {
    return `/lightning/r/Account/${id}/view`;
}
