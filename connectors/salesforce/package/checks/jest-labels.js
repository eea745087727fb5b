/* Gives the components their words and locale, as the platform does. */
const { surroundings, words } = require('./words.js');

for (const [name, value] of Object.entries(words(globalThis.language))) {
    jest.doMock(`@salesforce/label/c.${name}`, () => ({ __esModule: true, default: value }), { virtual: true });
}
for (const [name, value] of Object.entries(surroundings(globalThis.language))) {
    jest.doMock(name, () => ({ __esModule: true, default: value }), { virtual: true });
}
