import { LightningElement, api } from 'lwc';
import { checklist } from 'c/equilibreFormat';
import { fill, text } from 'c/equilibreText';

const SIGNS = Object.freeze({ ok: '✓', missing: '○', override: '!' });
const WORDS = Object.freeze({ ok: text.Checklist_Ok, missing: text.Checklist_Missing, override: text.Checklist_Override });

/** G1 to G7 with what is missing. Shown from the stage Repair on, when the field holds a checklist. */
export default class EquilibreChecklist extends LightningElement {
    text = text;

    /** EQ_Checklist__c as Équilibre wrote it. */
    @api value;

    get gates() {
        return checklist(this.value).map(({ gate, state }) => ({
            gate,
            sign: SIGNS[state],
            word: WORDS[state],
            name: text[`Gate_${gate}`],
            hint: state === 'missing' ? text[`Gate_${gate}_Hint`] : null,
            className: `gate gate_${state}`,
        }));
    }

    get isShown() {
        return this.gates.length > 0;
    }

    get count() {
        const states = checklist(this.value);
        return fill(text.Checklist_Count, states.filter((one) => one.state !== 'missing').length, states.length);
    }
}
