import { createElement } from 'lwc';
import EquilibreFindings from 'c/equilibreFindings';
import { fill, text } from 'c/equilibreText';

function show(open, explanation) {
    const element = createElement('c-equilibre-findings', { is: EquilibreFindings });
    Object.assign(element, { open, explanation });
    document.body.appendChild(element);
    return element.shadowRoot;
}

function many(count) {
    return Array.from({ length: count }, (_, n) => `DEP-${1000 + n}:watch@2026-11-22`).join(';');
}

describe('c-equilibre-findings', () => {
    afterEach(() => {
        document.body.replaceChildren();
    });

    it('shows reason and distance of each finding', () => {
        const root = show('DEP-01:alert@2026-11-22', 'DEP-01 Whatever — alert\nIt makes 34.5% of net revenue.\nTo clear: 180,000 more from others.');
        expect(root.querySelector('.name').textContent).toBe(globalThis.language === 'fr' ? "Part d'un client dans le CA" : 'Revenue share of one client');
        expect(root.querySelector('.reason').textContent).toBe('It makes 34.5% of net revenue.');
        expect(root.querySelector('.distance .reason').textContent).toBe('To clear: 180,000 more from others.');
        expect(root.querySelector('c-equilibre-level').level).toBe('alert');
    });

    it('says so calmly when nothing is open', () => {
        expect(show(null, undefined).textContent).toContain(text.Findings_None);
    });

    it('names a rule that it does not know by its explanation, or as newer than this page', () => {
        const root = show('NEW-01:alert@2026-11-22;NEW-02:watch@2026-11-22', 'NEW-01 Something new — alert\nBecause.');
        expect([...root.querySelectorAll('.name')].map((one) => one.textContent)).toEqual(['Something new', text.Findings_Unknown_Rule]);
        expect(root.textContent).toContain(text.Findings_No_Reason);
        expect(root.textContent).toContain('NEW-02');
    });

    it('draws a few of thousands, then more, then fewer again', async () => {
        const root = show(many(4000));
        const rows = () => root.querySelectorAll('.finding').length;
        expect(rows()).toBe(5);
        root.querySelector('.more').click();
        await Promise.resolve();
        expect(rows()).toBe(55);
        root.querySelector('.fewer').click();
        await Promise.resolve();
        expect(rows()).toBe(5);
        expect(root.querySelector('.shown').textContent).toBe(fill(text.Findings_Shown, '5', new Intl.NumberFormat(globalThis.language === 'fr' ? 'fr-FR' : 'en-US').format(4000)));
    });

    it('shows markup in a text as text', () => {
        const root = show('DEP-01:alert@2026-11-22', 'DEP-01 X — alert\n<img src=x onerror=alert(1)>');
        expect(root.querySelector('img')).toBeNull();
        expect(root.querySelector('.reason').textContent).toContain('<img');
    });
});
