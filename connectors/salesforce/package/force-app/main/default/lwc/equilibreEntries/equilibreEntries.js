import { LightningElement, api, wire } from 'lwc';
import { getObjectInfo } from 'lightning/uiObjectInfoApi';
import { getRecord } from 'lightning/uiRecordApi';
import { text } from 'c/equilibreText';

const GROUPS = Object.freeze([
    { title: text.Entries_Stage, fields: ['EQ_Stage__c', 'EQ_Exit_Reason__c', 'EQ_Leave_Cause__c', 'EQ_Non_Money_Reasons__c', 'EQ_Notice_Start__c', 'EQ_Notice_End__c'] },
    { title: text.Entries_Consultations, fields: ['EQ_Consult_Team__c', 'EQ_Consult_Accountant__c', 'EQ_Consult_Adviser__c'] },
    { title: text.Entries_Agreement, fields: ['EQ_Limits_Set__c', 'EQ_Agreement_Date__c', 'EQ_Review_Date__c', 'EQ_Commitments_Kept__c', 'EQ_Privileges__c'] },
    { title: text.Entries_Team, fields: ['EQ_Manager_Position__c', 'EQ_Pulse_Mean__c', 'EQ_Pulse_N__c'] },
    { title: text.Entries_Muting, fields: ['EQ_Dismissed_Rules__c', 'EQ_Dismissed_Until__c', 'EQ_Dismiss_Reason__c'] },
]);

const OPTIONAL = Object.freeze(GROUPS.flatMap(({ fields }) => fields.map((name) => `Account.${name}`)));

/** The fields that people type, read and edited through Lightning Data Service. Fields hidden from the user are left out; without a press on Edit, so are empty ones. */
export default class EquilibreEntries extends LightningElement {
    text = text;
    isEditing = false;
    said = null;
    isUnavailable = false;
    known;

    @api recordId;

    @wire(getObjectInfo, { objectApiName: 'Account' })
    receive({ data, error }) {
        if (data) {
            this.known = data.fields ?? {};
        }
        this.isUnavailable = Boolean(error) && !data;
    }

    @wire(getRecord, { recordId: '$recordId', fields: ['Account.Name'], optionalFields: OPTIONAL })
    record;

    get isReady() {
        return Boolean(this.known);
    }

    get groups() {
        return GROUPS.map(({ title, fields }) => ({
            title,
            fields: fields.filter((field) => this.known?.[field]).map((name) => ({ name, isLocked: this.known[name].updateable === false })),
        })).filter((group) => group.fields.length);
    }

    get filled() {
        const seen = this.record?.data?.fields ?? {};
        return this.groups
            .map(({ title, fields }) => ({ title, fields: fields.filter(({ name }) => (seen[name]?.value ?? '') !== '') }))
            .filter((group) => group.fields.length);
    }

    get hasNothing() {
        return this.groups.length > 0 && Boolean(this.record?.data) && !this.isEditing && !this.filled.length;
    }

    get isEmpty() {
        return this.isReady && !this.groups.length;
    }

    get mayEdit() {
        return this.groups.some((group) => group.fields.some((field) => !field.isLocked));
    }

    edit() {
        this.said = null;
        this.isEditing = true;
    }

    cancel() {
        this.isEditing = false;
    }

    saved() {
        this.isEditing = false;
        this.said = text.Entries_Saved;
    }

    refused() {
        this.said = text.Entries_Not_Saved;
    }
}
