import { createElement } from 'lwc';
import EquilibreLevel from 'c/equilibreLevel';
import { text } from 'c/equilibreText';

function show(level) {
    const element = createElement('c-equilibre-level', { is: EquilibreLevel });
    element.level = level;
    document.body.appendChild(element);
    return element.shadowRoot;
}

describe('c-equilibre-level', () => {
    afterEach(() => {
        document.body.replaceChildren();
    });

    it('is a word and as many filled bars as its rank', () => {
        const root = show('alert');
        expect(root.textContent).toContain(text.Level_alert);
        expect(root.querySelectorAll('rect:not(.bar_empty)')).toHaveLength(3);
    });

    it.each([undefined, null, 'severe', 'constructor'])('says that %p is not known', (level) => {
        const root = show(level);
        expect(root.textContent).toContain(text.Level_unknown);
        expect(root.querySelectorAll('rect:not(.bar_empty)')).toHaveLength(0);
    });
});
