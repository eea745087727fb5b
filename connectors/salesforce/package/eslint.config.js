/* Salesforce's own rules for components, the strictest set that it recommends. */
const { defineConfig } = require('eslint/config');
const recommended = require('@salesforce/eslint-config-lwc/recommended');
const globals = require('globals');

module.exports = defineConfig([
    { ignores: ['**/__tests__/**', 'out/**'] },
    {
        files: ['force-app/**/lwc/**/*.js', 'checks/stage/{lightning,stage}/**/*.js'],
        extends: [recommended],
        languageOptions: { parserOptions: { requireConfigFile: false, babelOptions: { parserOpts: { plugins: ['classProperties', ['decorators', { decoratorsBeforeExport: false }]] } } } },
    },
    {
        files: ['checks/*.{js,mjs}', 'checks/stage/main.js'],
        languageOptions: { globals: { ...globals.node, ...globals.browser, ...globals.jest } },
        rules: { 'no-undef': 'error', 'no-unused-vars': 'error' },
    },
]);
