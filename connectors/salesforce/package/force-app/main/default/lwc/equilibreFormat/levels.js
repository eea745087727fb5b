/* The five levels, weakest first; their letters in the trend; the words by which an explanation names them. */
export const LEVELS = Object.freeze(['none', 'info', 'watch', 'alert', 'critical']);

const LETTERS = Object.freeze({ n: 'none', i: 'info', w: 'watch', a: 'alert', c: 'critical' });
const WORDS = Object.freeze({ vigilance: 'watch', alerte: 'alert', critique: 'critical', aucun: 'none' });

/** One of LEVELS for a level's value, letter, or English or French word; null for anything else. */
export function levelOf(said) {
    const word = typeof said === 'string' ? said.trim().toLowerCase() : '';
    if (LEVELS.includes(word)) {
        return word;
    }
    return (Object.hasOwn(LETTERS, word) && LETTERS[word]) || (Object.hasOwn(WORDS, word) && WORDS[word]) || null;
}

/** 0 for none to 4 for critical; -1 for a level that is not known. */
export function rank(level) {
    return LEVELS.indexOf(level);
}
