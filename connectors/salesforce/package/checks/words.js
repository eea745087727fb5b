/* The words of the package by label name, read from the source: English from labels/, French from translations/. */
const fs = require('node:fs');
const path = require('node:path');

const SOURCE = path.join(__dirname, '..', 'force-app', 'main', 'default');
const FRENCH = path.join(__dirname, '..', 'french', 'main', 'default');
const FILES = {
    en: { folder: SOURCE, file: 'labels/CustomLabels.labels-meta.xml', block: 'labels', name: 'fullName', value: 'value' },
    fr: { folder: FRENCH, file: 'translations/fr.translation-meta.xml', block: 'customLabels', name: 'name', value: 'label' },
};
const ENTITIES = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" };

function words(language) {
    const { folder, file, block, name, value } = FILES[language];
    const xml = fs.readFileSync(path.join(folder, file), 'utf8');
    const found = {};
    for (const [, inside] of xml.matchAll(new RegExp(`<${block}>(.*?)</${block}>`, 'gs'))) {
        found[tag(inside, name)] = tag(inside, value);
    }
    return found;
}

function tag(xml, name) {
    const match = new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(xml);
    return (match ? match[1] : '').replace(/&(amp|lt|gt|quot|apos);/g, (one) => ENTITIES[one]);
}

/** Locale, time zone and language as the platform gives them. */
function surroundings(language) {
    return {
        '@salesforce/i18n/locale': language === 'fr' ? 'fr-FR' : 'en-US',
        '@salesforce/i18n/lang': language,
        '@salesforce/i18n/timeZone': 'Europe/Paris',
    };
}

module.exports = { FRENCH, SOURCE, surroundings, words };
