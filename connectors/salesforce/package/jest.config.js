/* Every test runs twice: once in English and once in French, with the words of the package's own labels and translations. */
const { jestConfig } = require('@salesforce/sfdx-lwc-jest/config');

const shared = {
    ...jestConfig,
    rootDir: __dirname,
    roots: ['<rootDir>/force-app'],
    setupFiles: ['<rootDir>/checks/jest-labels.js'],
    modulePathIgnorePatterns: ['<rootDir>/out/'],
};
delete shared.collectCoverageFrom;

module.exports = {
    projects: ['en', 'fr'].map((language) => ({ ...shared, displayName: language, globals: { language } })),
};
