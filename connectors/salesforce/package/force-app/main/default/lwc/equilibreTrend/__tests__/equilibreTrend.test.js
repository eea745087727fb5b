import { createElement } from 'lwc';
import EquilibreTrend from 'c/equilibreTrend';
import { text } from 'c/equilibreText';

function show(value) {
    const element = createElement('c-equilibre-trend', { is: EquilibreTrend });
    element.value = value;
    document.body.appendChild(element);
    return element.shadowRoot;
}

describe('c-equilibre-trend', () => {
    afterEach(() => {
        document.body.replaceChildren();
    });

    it('draws the line, says it in a sentence and lists it in a table', () => {
        const root = show('2026-08:12i 2026-09:28w 2026-10:41a 2026-11:-i');
        expect(root.querySelectorAll('path')).toHaveLength(1);
        expect(root.querySelectorAll('circle')).toHaveLength(3);
        const said = root.querySelector('svg').getAttribute('aria-label');
        expect(said).toContain('12');
        expect(said).toContain('41');
        expect(root.querySelectorAll('tbody tr')).toHaveLength(4);
        expect(root.querySelector('tbody tr:last-child').textContent).toContain(text.Trend_Hidden);
    });

    it('says the one month that it knows in one figure', () => {
        const said = show('2026-10:-i 2026-11:26c').querySelector('svg').getAttribute('aria-label');
        expect(said).toMatch(globalThis.language === 'fr' ? /nov. 2026 : 26\./ : /Nov 2026: 26\./);
    });

    it('says so when every month is hidden, and when there is none', () => {
        expect(show('2026-10:-n 2026-11:-n').querySelector('svg').getAttribute('aria-label')).not.toContain('undefined');
        expect(show('rubbish').textContent).toContain(text.Trend_None);
    });
});
