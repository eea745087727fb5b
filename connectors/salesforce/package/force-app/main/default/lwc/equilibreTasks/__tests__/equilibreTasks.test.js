import { createElement } from 'lwc';
import { graphql } from 'lightning/graphql';
import EquilibreTasks from 'c/equilibreTasks';
import { text } from 'c/equilibreText';

const ACCOUNT = '001000000000001AAA';

function show() {
    const element = createElement('c-equilibre-tasks', { is: EquilibreTasks });
    element.recordId = ACCOUNT;
    document.body.appendChild(element);
    return element.shadowRoot;
}

function answer(nodes, hasNextPage = false) {
    return { uiapi: { query: { Task: { edges: nodes.map((node) => ({ node })), pageInfo: { hasNextPage } } } } };
}

describe('c-equilibre-tasks', () => {
    afterEach(() => {
        document.body.replaceChildren();
    });

    it('lists the open tasks of this account with their day', async () => {
        const root = show();
        await Promise.resolve();
        expect(graphql.getLastConfig().variables).toEqual({ account: ACCOUNT });
        graphql.emit(
            answer([
                { Id: '00T1', Subject: { value: 'Review' }, ActivityDate: { value: '2020-01-02' }, IsHighPriority: { value: true } },
                { Id: '00T2', Subject: { value: 'Later' }, ActivityDate: { value: null } },
            ]),
        );
        await Promise.resolve();
        const [late, later] = [...root.querySelectorAll('.task')].map((one) => one.textContent);
        expect(late).toContain('Review');
        expect(late).toContain(text.Tasks_Overdue);
        expect(late).toContain(text.Tasks_High);
        expect(later).toContain(text.Tasks_No_Date);
        expect(later).not.toContain(text.Tasks_Overdue);
        expect(root.querySelector('a').getAttribute('href')).toBe('/lightning/r/Task/00T1/view');
    });

    it('says that there is none, that there are more, and that it cannot tell', async () => {
        const root = show();
        graphql.emit(answer([]));
        await Promise.resolve();
        expect(root.textContent).toContain(text.Tasks_None);
        graphql.emit(answer([{ Id: '00T1' }], true));
        await Promise.resolve();
        expect(root.textContent).toContain(text.Tasks_More);
    });

    it('stays calm when the answer is an error or without shape', async () => {
        const root = show();
        graphql.emitErrors([{ message: 'Cannot query field EQ_Mark__c' }]);
        await Promise.resolve();
        expect(root.textContent).toContain(text.Tasks_Unavailable);
        expect(root.textContent).not.toContain('EQ_Mark__c');
        graphql.emit({ uiapi: { query: { Task: { edges: [null, { node: null }, {}] } } } });
        await Promise.resolve();
        expect(root.textContent).toContain(text.Tasks_None);
    });
});
