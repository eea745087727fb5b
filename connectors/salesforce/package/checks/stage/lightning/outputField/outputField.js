import { LightningElement, api } from 'lwc';

/** A field as the platform's own component shows it: label above value. */
export default class OutputField extends LightningElement {
    @api fieldName;

    get label() {
        return globalThis.STAGE.objectInfo.fields[this.fieldName].label;
    }

    get value() {
        const field = globalThis.STAGE.record.fields[this.fieldName];
        return field?.displayValue ?? field?.value ?? '';
    }
}
