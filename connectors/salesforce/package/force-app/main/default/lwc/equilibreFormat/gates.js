/* The decision checklist: seven gates, always all of them, in their order. */
export const GATES = Object.freeze(['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G7']);
const WORDS = Object.freeze(['ok', 'missing', 'override']);

/** [{gate, state}] for all seven; a gate or word that is not known counts as missing. Empty text: no checklist. */
export function checklist(said) {
    if (typeof said !== 'string' || !/\bG\d\s*=/.test(said)) {
        return [];
    }
    const states = new Map();
    for (const part of said.split(';')) {
        const [gate, word = ''] = part.split('=').map((one) => one.trim());
        states.set(gate, word.toLowerCase());
    }
    return GATES.map((gate) => {
        const word = states.get(gate);
        return { gate, state: WORDS.includes(word) ? word : 'missing' };
    });
}
