import '@lwc/synthetic-shadow';
import { createElement } from 'lwc';
import Balance from 'c/equilibreBalance';
import Portfolio from 'c/equilibrePortfolio';

const COMPONENTS = { 'c-equilibre-balance': Balance, 'c-equilibre-portfolio': Portfolio };
let mounted;

globalThis.mount = (tag) => {
    mounted = createElement(tag, { is: COMPONENTS[tag] });
    mounted.recordId = '001000000000001AAA';
    document.querySelector('main').appendChild(mounted);
};

/** Presses a button anywhere in the component. */
globalThis.press = async (selector) => {
    find(mounted.shadowRoot, selector)?.click();
    await new Promise((resolve) => setTimeout(resolve, 50));
};

function find(root, selector) {
    const here = root.querySelector(selector);
    if (here) {
        return here;
    }
    for (const one of root.querySelectorAll('*')) {
        const below = one.shadowRoot && find(one.shadowRoot, selector);
        if (below) {
            return below;
        }
    }
    return null;
}
