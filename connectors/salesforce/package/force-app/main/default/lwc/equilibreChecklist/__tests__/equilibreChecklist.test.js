import { createElement } from 'lwc';
import EquilibreChecklist from 'c/equilibreChecklist';
import { fill, text } from 'c/equilibreText';

function show(value) {
    const element = createElement('c-equilibre-checklist', { is: EquilibreChecklist });
    element.value = value;
    document.body.appendChild(element);
    return element.shadowRoot;
}

describe('c-equilibre-checklist', () => {
    afterEach(() => {
        document.body.replaceChildren();
    });

    it('says of each gate what is missing, in words and not by colour alone', () => {
        const root = show('G1=missing;G2=ok;G3=missing;G4=ok;G5=missing;G6=missing;G7=override');
        const gates = [...root.querySelectorAll('.gate')];
        expect(gates).toHaveLength(7);
        expect(gates[0].textContent).toContain(text.Checklist_Missing);
        expect(gates[0].textContent).toContain(text.Gate_G1_Hint);
        expect(gates[1].textContent).toContain(text.Checklist_Ok);
        expect(gates[1].textContent).not.toContain(text.Gate_G2_Hint);
        expect(gates[6].textContent).toContain(text.Checklist_Override);
        expect(root.textContent).toContain(fill(text.Checklist_Count, 3, 7));
    });

    it.each([undefined, null, '', 'nothing'])('is not there for %p', (value) => {
        expect(show(value).querySelector('section')).toBeNull();
    });
});
