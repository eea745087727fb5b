import { LightningElement, api } from 'lwc';

/** A field as the platform's own component edits it. */
export default class InputField extends LightningElement {
    @api fieldName;
    @api disabled;

    get label() {
        return globalThis.STAGE.objectInfo.fields[this.fieldName].label;
    }

    get value() {
        const field = globalThis.STAGE.record.fields[this.fieldName];
        return field?.displayValue ?? field?.value ?? '';
    }
}
