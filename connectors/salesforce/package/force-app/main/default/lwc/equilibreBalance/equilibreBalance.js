import { LightningElement, api, wire } from 'lwc';
import { getRecord } from 'lightning/uiRecordApi';
import LOCALE from '@salesforce/i18n/locale';
import TIME_ZONE from '@salesforce/i18n/timeZone';
import { levelOf, moment, number, percent, wholeNumber } from 'c/equilibreFormat';
import { fill, text } from 'c/equilibreText';
import { ESSENTIAL, OPTIONAL, REQUIRED } from './fields';

/** The balance of one client relationship, as the last run of Équilibre wrote it on the account. Reads one record, calls nothing else. */
export default class EquilibreBalance extends LightningElement {
    text = text;
    fields;
    isUnavailable = false;

    @api recordId;

    @wire(getRecord, { recordId: '$recordId', fields: REQUIRED, optionalFields: OPTIONAL })
    receive({ data, error }) {
        if (data) {
            this.fields = data.fields ?? {};
        }
        this.isUnavailable = Boolean(error) && !data;
    }

    get isLoading() {
        return !this.fields && !this.isUnavailable;
    }

    /** Without access the platform leaves the fields out of the answer. */
    get isHidden() {
        return Boolean(this.fields) && !ESSENTIAL.some((name) => name in this.fields);
    }

    get isEmpty() {
        return Boolean(this.fields) && !this.isHidden && !ESSENTIAL.some((name) => this.value(name));
    }

    get isShown() {
        return Boolean(this.fields) && !this.isHidden && !this.isEmpty;
    }

    get isWorkable() {
        return Boolean(this.fields);
    }

    value(name) {
        return this.fields?.[name]?.value ?? null;
    }

    words(name) {
        return this.fields?.[name]?.displayValue ?? text[`Stage_${this.value(name)}`] ?? this.value(name);
    }

    get level() {
        return levelOf(this.value('EQ_Level__c'));
    }

    get stage() {
        return this.words('EQ_Stage__c') ?? text.Balance_Stage_None;
    }

    get proposed() {
        const [now, then] = [this.value('EQ_Stage__c'), this.value('EQ_Stage_Proposed__c')];
        return then && then !== now ? fill(text.Balance_Stage_Proposed, this.words('EQ_Stage_Proposed__c')) : null;
    }

    get index() {
        const said = wholeNumber(this.value('EQ_Index__c'), LOCALE);
        return said === null ? text.Balance_Index_Hidden : fill(text.Balance_Index_Of, said);
    }

    get coverage() {
        const said = percent(this.value('EQ_Coverage__c'), LOCALE);
        return said && fill(text.Balance_Coverage, said);
    }

    get share() {
        return percent(this.value('EQ_Revenue_Share__c'), LOCALE) ?? text.Not_Known;
    }

    get atStake() {
        return number(this.value('EQ_At_Stake__c'), LOCALE) ?? text.Not_Known;
    }

    get nextStep() {
        return this.value('EQ_Next_Step__c') ?? text.Balance_Next_Step_None;
    }

    get computed() {
        const at = moment(this.value('EQ_Computed_At__c'), LOCALE, TIME_ZONE);
        return at && fill(text.Balance_Computed, at);
    }

    get open() {
        return this.value('EQ_Open_Rules__c');
    }

    get explanation() {
        return this.value('EQ_Explanation__c');
    }

    get restricted() {
        return this.value('EQ_Restricted__c');
    }

    get trend() {
        return this.value('EQ_Trend__c');
    }

    get checklist() {
        return this.value('EQ_Checklist__c');
    }
}
