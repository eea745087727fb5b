import { createElement } from 'lwc';
import { graphql } from 'lightning/graphql';
import EquilibrePortfolio from 'c/equilibrePortfolio';
import { fill, text } from 'c/equilibreText';

const isFlagged = (config) => Boolean(config?.variables?.where);
const isWeights = (config) => !isFlagged(config);

async function show() {
    const element = createElement('c-equilibre-portfolio', { is: EquilibrePortfolio });
    document.body.appendChild(element);
    await Promise.resolve();
    return element.shadowRoot;
}

function answer(nodes, more = {}) {
    const { hasNextPage = false, endCursor = null, totalCount = nodes.length } = more;
    return { uiapi: { query: { Account: { edges: nodes.map((node) => ({ node })), pageInfo: { hasNextPage, endCursor }, totalCount } } } };
}

function account(number, share, level = 'none') {
    return { Id: `001${number}`, Name: { value: `Client ${number}` }, EQ_Revenue_Share__c: { value: share }, EQ_Level__c: { value: level } };
}

const FLAGGED = {
    Id: '0019',
    Name: { value: 'شركة النور 🚀 '.repeat(40) },
    Parent: { Name: { value: 'Mother' } },
    EQ_Level__c: { value: 'critical' },
    EQ_At_Stake__c: { value: 98765.4 },
    EQ_Revenue_Share__c: { value: 0.31 },
    EQ_Stage__c: { value: 'repair', displayValue: null },
    EQ_Open_Rules__c: { value: 'DEP-01:alert@2026-11-22;NEW-99:critical@2026-11-22;OPS-01:watch@2026-11-22' },
};

describe('c-equilibre-portfolio', () => {
    afterEach(() => {
        document.body.replaceChildren();
    });

    it('says who weighs what and how concentrated it is', async () => {
        const root = await show();
        graphql.emit(answer([account(1, 0.5, 'alert'), account(2, 0.3), account(3, 0.1)]), isWeights);
        await Promise.resolve();
        const said = [...root.querySelectorAll('.tile .figure')].map((one) => one.textContent.replace(/\s/g, ' '));
        expect(said).toEqual(globalThis.language === 'fr' ? ['50 %', '90 %', 'au plus 2,9'] : ['50%', '90%', 'at most 2.9']);
        const rows = [...root.querySelectorAll('.weight')];
        expect(rows).toHaveLength(4);
        expect(rows[3].textContent).toContain(text.Portfolio_Others);
        expect(rows[0].querySelector('c-equilibre-level').level).toBe('alert');
        expect(rows[1].querySelector('c-equilibre-level')).toBeNull();
    });

    it('does not round a small share to zero, and claims no bound when nothing is left out', async () => {
        const root = await show();
        graphql.emit(answer([account(1, 0.9996), account(2, 0.0004)]), isWeights);
        await Promise.resolve();
        expect(root.querySelectorAll('.tile .figure')[2].textContent).toBe(globalThis.language === 'fr' ? '1,0' : '1.0');
        expect(root.querySelectorAll('.weight .share')[1].textContent.replace(/\s/g, ' ')).toBe(globalThis.language === 'fr' ? 'moins de 0,1 %' : 'under 0.1%');
    });

    it('lists flagged accounts with money, worst findings and stage', async () => {
        const root = await show();
        graphql.emit(answer([FLAGGED]), isFlagged);
        await Promise.resolve();
        const row = root.querySelector('tbody tr').textContent.replace(/\s/g, ' ');
        expect(row).toContain('Mother');
        expect(row).toContain(globalThis.language === 'fr' ? '98 765' : '98,765');
        expect(row).toContain('NEW-99');
        expect(row).toContain('+1');
        expect(row).toContain(text.Stage_repair);
        expect(root.querySelector('tbody a').getAttribute('dir')).toBe('auto');
    });

    it('turns pages by cursor and back', async () => {
        const root = await show();
        graphql.emit(answer([FLAGGED], { hasNextPage: true, endCursor: 'c1', totalCount: 26 }), isFlagged);
        await Promise.resolve();
        expect(root.querySelector('.previous').disabled).toBe(true);
        root.querySelector('.next').click();
        await Promise.resolve();
        expect(graphql.getLastConfig().variables.after).toBe('c1');
        graphql.emit(answer([FLAGGED], { totalCount: 26 }), isFlagged);
        await Promise.resolve();
        expect(root.querySelector('.range').textContent).toBe(fill(text.Portfolio_Page, 26, 26, 26));
        expect(root.querySelector('.next').disabled).toBe(true);
        root.querySelector('.previous').click();
        await Promise.resolve();
        expect(graphql.getLastConfig().variables.after).toBeNull();
    });

    it('asks again from the first page when the level or the subsidiaries change', async () => {
        const root = await show();
        const select = root.querySelector('select');
        select.value = 'critical';
        select.dispatchEvent(new CustomEvent('change'));
        const box = root.querySelector('.subsidiaries');
        box.checked = true;
        box.dispatchEvent(new CustomEvent('change'));
        await Promise.resolve();
        const { where, after } = graphql.getLastConfig().variables;
        expect(where).toEqual({ EQ_Level__c: { in: ['critical'] } });
        expect(after).toBeNull();
    });

    it('says so when nothing was written yet and when nothing is flagged', async () => {
        const root = await show();
        expect(root.textContent).toContain(text.Loading);
        graphql.emit(answer([]), isWeights);
        graphql.emit(answer([]), isFlagged);
        await Promise.resolve();
        expect(root.textContent).toContain(text.Portfolio_Empty);
        expect(root.textContent).toContain(text.Portfolio_None);
    });

    it.each([
        ["Cannot query field 'EQ_At_Stake__c'", 'Portfolio_No_Access'],
        ['Something went wrong', 'Balance_Unavailable'],
        [undefined, 'Balance_Unavailable'],
    ])('stays calm over the error %p', async (message, word) => {
        const root = await show();
        graphql.emitErrors([{ message }]);
        await Promise.resolve();
        expect(root.querySelectorAll('.notice')).toHaveLength(2);
        expect(root.querySelector('.notice').textContent).toBe(text[word]);
    });

    it('shows accounts without any of the optional fields', async () => {
        const root = await show();
        graphql.emit(answer([{ Id: '0011' }, { Id: '0012', Name: null, EQ_Revenue_Share__c: { value: 0.2 } }]), isWeights);
        graphql.emit({ uiapi: { query: { Account: { edges: [{ node: { Id: '0013' } }, null] } } } }, isFlagged);
        await Promise.resolve();
        expect(root.querySelector('tbody tr').textContent).toContain(text.Not_Known);
        expect(root.textContent).not.toMatch(/undefined|NaN|null/);
    });
});
