import { createElement } from 'lwc';
import { getObjectInfo } from 'lightning/uiObjectInfoApi';
import { getRecord } from 'lightning/uiRecordApi';
import EquilibreEntries from 'c/equilibreEntries';
import { text } from 'c/equilibreText';

function show() {
    const element = createElement('c-equilibre-entries', { is: EquilibreEntries });
    element.recordId = '001000000000001AAA';
    document.body.appendChild(element);
    return element.shadowRoot;
}

const FIELDS = { EQ_Stage__c: { updateable: true }, EQ_Pulse_N__c: { updateable: false }, Name: { updateable: true } };

describe('c-equilibre-entries', () => {
    afterEach(() => {
        document.body.replaceChildren();
    });

    it('shows the fields that the user may see, and edits those that the user may change', async () => {
        const root = show();
        getObjectInfo.emit({ fields: FIELDS });
        getRecord.emit({ fields: { EQ_Stage__c: { value: 'watch' }, EQ_Pulse_N__c: { value: 0 }, Name: { value: 'Acme' } } });
        await Promise.resolve();
        expect([...root.querySelectorAll('lightning-output-field')].map((one) => one.fieldName)).toEqual(['EQ_Stage__c', 'EQ_Pulse_N__c']);
        root.querySelector('.edit').click();
        await Promise.resolve();
        expect([...root.querySelectorAll('lightning-input-field')].map((one) => [one.fieldName, one.disabled])).toEqual([
            ['EQ_Stage__c', false],
            ['EQ_Pulse_N__c', true],
        ]);
        root.querySelector('lightning-record-edit-form').dispatchEvent(new CustomEvent('success'));
        await Promise.resolve();
        expect(root.querySelector('[role="status"]').textContent).toBe(text.Entries_Saved);
        expect(root.querySelector('lightning-record-edit-form')).toBeNull();
    });

    it('shows no empty field, and says so when nothing is typed yet', async () => {
        const root = show();
        getObjectInfo.emit({ fields: FIELDS });
        getRecord.emit({ fields: { EQ_Stage__c: { value: null }, EQ_Pulse_N__c: { value: '' } } });
        await Promise.resolve();
        expect(root.querySelector('lightning-output-field')).toBeNull();
        expect(root.textContent).toContain(text.Entries_Nothing);
    });

    it('keeps the form open when saving is refused, and closes it on cancel', async () => {
        const root = show();
        getObjectInfo.emit({ fields: FIELDS });
        await Promise.resolve();
        root.querySelector('.edit').click();
        await Promise.resolve();
        root.querySelector('lightning-record-edit-form').dispatchEvent(new CustomEvent('error'));
        await Promise.resolve();
        expect(root.textContent).toContain(text.Entries_Not_Saved);
        root.querySelector('.cancel').click();
        await Promise.resolve();
        expect(root.querySelector('lightning-record-edit-form')).toBeNull();
    });

    it('offers no button to those who may only read, and says so to those who see nothing', async () => {
        const root = show();
        getObjectInfo.emit({ fields: { EQ_Stage__c: { updateable: false } } });
        await Promise.resolve();
        expect(root.querySelector('.edit')).toBeNull();
        getObjectInfo.emit({ fields: {} });
        await Promise.resolve();
        expect(root.textContent).toContain(text.Entries_None);
    });

    it('stays calm when the platform does not answer', async () => {
        const root = show();
        getObjectInfo.error();
        await Promise.resolve();
        expect(root.textContent).toContain(text.Balance_Unavailable);
    });
});
