import { LightningElement, api } from 'lwc';
import { LEVELS, rank } from 'c/equilibreFormat';
import { text } from 'c/equilibreText';

/** A level as a word and as filled bars: readable without colour. */
export default class EquilibreLevel extends LightningElement {
    /** none, info, watch, alert, critical; anything else shows as not known. */
    @api level;

    get word() {
        return text[`Level_${LEVELS.includes(this.level) ? this.level : 'unknown'}`];
    }

    get className() {
        return `level level_${LEVELS.includes(this.level) ? this.level : 'unknown'}`;
    }

    get bars() {
        return [1, 2, 3, 4].map((step) => ({
            key: step,
            x: step * 4 - 4,
            y: 12 - step * 3,
            height: step * 3,
            className: step <= rank(this.level) ? 'bar' : 'bar bar_empty',
        }));
    }
}
