import { createElement } from 'lwc';
import { getRecord } from 'lightning/uiRecordApi';
import EquilibreBalance from 'c/equilibreBalance';
import { fill, text } from 'c/equilibreText';

function show() {
    const element = createElement('c-equilibre-balance', { is: EquilibreBalance });
    element.recordId = '001000000000001AAA';
    document.body.appendChild(element);
    return element.shadowRoot;
}

function record(values) {
    return { fields: Object.fromEntries(Object.entries({ Name: 'Acme', ...values }).map(([name, value]) => [name, value?.displayValue ? value : { value, displayValue: null }])) };
}

const WHOLE = {
    EQ_Level__c: 'alert',
    EQ_Stage__c: { value: 'watch', displayValue: 'Vigilance!' },
    EQ_Stage_Proposed__c: { value: 'repair', displayValue: 'Réparation!' },
    EQ_Index__c: 41.2,
    EQ_Coverage__c: 0.85,
    EQ_Revenue_Share__c: 0.345,
    EQ_At_Stake__c: 1250000.5,
    EQ_Open_Rules__c: 'DEP-01:alert@2026-11-22',
    EQ_Explanation__c: 'DEP-01 X — alert\nBecause.',
    EQ_Trend__c: '2026-10:41a 2026-11:-i',
    EQ_Next_Step__c: 'Call them.',
    EQ_Checklist__c: '',
    EQ_Computed_At__c: '2026-11-24T06:00:00.000Z',
};

async function emitted(values) {
    const root = show();
    getRecord.emit(record(values));
    await Promise.resolve();
    return root;
}

describe('c-equilibre-balance', () => {
    afterEach(() => {
        document.body.replaceChildren();
    });

    it('asks for nothing but optional fields besides the name, so that no hidden field can fail it', async () => {
        show();
        await Promise.resolve();
        const { fields, optionalFields } = getRecord.getLastConfig();
        expect(fields).toEqual(['Account.Name']);
        expect(optionalFields).toContain('Account.EQ_Restricted__c');
    });

    it('shows level, stage, proposal, index with coverage, share, revenue and next step', async () => {
        const root = await emitted(WHOLE);
        const said = root.textContent.replace(/\s/g, ' ');
        expect(root.querySelector('c-equilibre-level').level).toBe('alert');
        expect(said).toContain('Vigilance!');
        expect(said).toContain(fill(text.Balance_Stage_Proposed, 'Réparation!'));
        expect(said).toContain(fill(text.Balance_Index_Of, '41'));
        expect(said).toContain(globalThis.language === 'fr' ? '34,5 %' : '34.5%');
        expect(said).toContain(globalThis.language === 'fr' ? '1 250 001' : '1,250,001');
        expect(said).toContain('Call them.');
        expect(root.querySelector('c-equilibre-findings').open).toBe('DEP-01:alert@2026-11-22');
        expect(root.querySelector('c-equilibre-trend').value).toBe('2026-10:41a 2026-11:-i');
        expect(root.querySelector('.restricted')).toBeNull();
    });

    it('shows no proposal that is the stage already', async () => {
        const root = await emitted({ ...WHOLE, EQ_Stage_Proposed__c: { value: 'watch', displayValue: 'Vigilance!' } });
        expect(root.textContent).not.toContain(fill(text.Balance_Stage_Proposed, 'Vigilance!'));
    });

    it('says that the index is not shown rather than showing zero', async () => {
        const root = await emitted({ ...WHOLE, EQ_Index__c: null, EQ_Revenue_Share__c: null, EQ_At_Stake__c: null, EQ_Coverage__c: null });
        expect(root.textContent).toContain(text.Balance_Index_Hidden);
        expect(root.textContent).toContain(text.Not_Known);
    });

    it('shows restricted details only where the field came along', async () => {
        const root = await emitted({ ...WHOLE, EQ_Restricted__c: 'BEH-04 Report — alert\nDetails.' });
        expect(root.querySelector('.restricted').textContent).toContain('Details.');
    });

    it('says who can help when the fields are hidden', async () => {
        const root = await emitted({});
        expect(root.textContent).toContain(text.Balance_No_Access);
        expect(root.querySelector('c-equilibre-findings')).toBeNull();
    });

    it('says that nothing was written yet, and lets people type all the same', async () => {
        const root = await emitted({ EQ_Level__c: null, EQ_Open_Rules__c: null, EQ_Explanation__c: null, EQ_Computed_At__c: null });
        expect(root.textContent).toContain(text.Balance_Nothing_Yet);
        expect(root.querySelector('c-equilibre-entries')).not.toBeNull();
    });

    it('shows with the one field that is readable', async () => {
        const root = await emitted({ EQ_Level__c: 'watch' });
        expect(root.querySelector('c-equilibre-level').level).toBe('watch');
        expect(root.textContent).toContain(text.Balance_Stage_None);
        expect(root.textContent).toContain(text.Balance_Next_Step_None);
    });

    it('stays calm over a stage and a level that it does not know', async () => {
        const root = await emitted({ ...WHOLE, EQ_Level__c: 'severe', EQ_Stage__c: 'paused', EQ_Computed_At__c: 'soon' });
        expect(root.querySelector('c-equilibre-level').level).toBeNull();
        expect(root.textContent).toContain('paused');
    });

    it('says in words that it is loading, and that it cannot be shown', async () => {
        const root = show();
        expect(root.textContent).toContain(text.Loading);
        getRecord.error({ message: 'java.lang.NullPointerException' });
        await Promise.resolve();
        expect(root.textContent).toContain(text.Balance_Unavailable);
        expect(root.textContent).not.toContain('NullPointer');
    });
});
